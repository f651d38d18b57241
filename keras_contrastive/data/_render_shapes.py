"""From factors to pixels.

A shape is an implicit function of its own coordinates (u to the right, v down,
both about -1 to 1): negative inside, and near the edge the distance to it. That
gives smooth edges without drawing at a higher resolution. All have the same
area, 1.8, so that the mean of an image does not tell its shape.
"""

from collections.abc import Callable, Iterator

import keras
import numpy as np

# Weak on purpose: both views of an image share its background, so a rich one
# would let a model tell images apart without looking at the shape.
CONTRAST = 0.12
PERIODS = 4
SATURATION = 0.85
BACKGROUND_SATURATION = 0.5
BLOCK = 64  # images at a time, so that their pixels stay in the cache


def disc(u, v):
    return np.hypot(u, v) - 0.76


def ring(u, v):
    return np.abs(np.hypot(u, v) - 0.8) - 0.18


def crescent(u, v):
    return np.maximum(np.hypot(u, v) - 1.09, 0.87 - np.hypot(u - 0.54, v))


def half_disc(u, v):
    return np.maximum(np.hypot(u, v + 0.45) - 1.07, -0.45 - v)


def triangle(u, v):
    return np.maximum(0.866 * np.abs(u) - 0.5 * v, v) - 0.59


def square(u, v):
    return np.maximum(np.abs(u), np.abs(v)) - 0.67


def bar(u, v):
    return np.maximum(np.abs(u) - 1.25, np.abs(v) - 0.36)


def cross(u, v):
    u, v = np.abs(u), np.abs(v)
    return np.maximum(np.maximum(u, v) - 1, np.minimum(u, v) - 0.26)


def star(u, v):
    # Folds the plane five-fold, onto half an arm that points upwards.
    u, v = np.abs(u), -v
    for x, y in ((0.809, -0.588), (-0.809, -0.588)):
        beyond = 2 * np.maximum(x * u + y * v, 0)
        u, v = u - beyond * x, v - beyond * y
    return 0.923 * np.abs(u) + 0.384 * v - 0.45


def ell(u, v):
    foot = np.maximum(np.abs(u) - 0.85, np.abs(v - 0.55) - 0.32)
    stem = np.maximum(np.abs(u + 0.53) - 0.32, np.abs(v) - 0.87)
    return np.minimum(foot, stem)


def plain(x, y):
    return np.zeros_like(x)


def gradient(x, y):
    return x + y - 1


def stripes(x, y):
    return np.sin(2 * np.pi * PERIODS * (x + y))


def checks(x, y):
    return np.sign(np.sin(np.pi * PERIODS * x) * np.sin(np.pi * PERIODS * y))


def dots(x, y):
    waves = np.cos(2 * np.pi * PERIODS * x) + np.cos(2 * np.pi * PERIODS * y)
    return np.where(waves > 0.6, 1.0, -0.3)


SHAPES = (
    disc,
    ring,
    crescent,
    half_disc,
    triangle,
    square,
    bar,
    cross,
    star,
    ell,
)
TEXTURES = (plain, gradient, stripes, checks, dots)


def render(factors: dict[str, np.ndarray], image_size: int) -> np.ndarray:
    """Draws the images that `factors` describe.

    Args:
        factors: Dictionary as from `shape_factors`.
        image_size: Integer, height and width in pixels.

    Returns:
        `uint8` array `(num_images, image_size, image_size, 3)`.
    """
    num_images = len(factors["shape"])
    images = np.empty((num_images, image_size, image_size, 3), "uint8")
    x, y = grid(image_size)
    textures = np.stack([texture(x, y) for texture in TEXTURES])
    textures = (1 + CONTRAST * textures).astype("float32")
    progress = keras.utils.Progbar(
        num_images, verbose=int(images.size > 5e8), unit_name="image"
    )
    for rows, cover in covered(factors, image_size):
        images[rows] = paint(cover, rows_of(factors, rows), textures)
        progress.add(len(rows))
    return images


def covered(
    factors: dict[str, np.ndarray], image_size: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yields rows of images, and the share of each pixel that is covered."""
    x, y = grid(image_size)
    for number, shape in enumerate(SHAPES):
        members = np.flatnonzero(factors["shape"] == number)
        for start in range(0, len(members), BLOCK):
            rows = members[start : start + BLOCK]
            yield rows, coverage(shape, rows_of(factors, rows), x, y)


def grid(image_size: int) -> tuple[np.ndarray, np.ndarray]:
    """Centers of the pixels, from 0 to 1."""
    centers = (np.arange(image_size, dtype="float32") + 0.5) / image_size
    x, y = np.meshgrid(centers, centers)
    return x, y


def rows_of(
    factors: dict[str, np.ndarray], rows: np.ndarray
) -> dict[str, np.ndarray]:
    return {name: values[rows] for name, values in factors.items()}


def coverage(
    shape: Callable[[np.ndarray, np.ndarray], np.ndarray],
    block: dict[str, np.ndarray],
    x: np.ndarray,
    y: np.ndarray,
) -> np.ndarray:
    """Share of each pixel that the shape covers, `(images, pixels)`."""
    angle = np.radians(block["rotation"])[:, None]
    u = x.ravel() - block["x"][:, None]
    v = y.ravel() - block["y"][:, None]
    cos, sin = np.cos(angle), np.sin(angle)
    size = block["size"][:, None]
    aspect = block["aspect"][:, None]
    u, v = (u * cos + v * sin) / size, (v * cos - u * sin) / size
    distance_in_pixels = shape(u, v / aspect) * aspect * size * len(x)
    return np.clip(0.5 - distance_in_pixels, 0, 1)


def paint(
    cover: np.ndarray, block: dict[str, np.ndarray], textures: np.ndarray
) -> np.ndarray:
    """Colors of shape and background, mixed by coverage, as `uint8`."""
    behind = block["background_value"]
    # Light on dark, or dark on light: the same contrast either way.
    front = np.where(behind < 0.55, behind + 0.6, behind - 0.55)
    shape_color = rgb(block["hue"], SATURATION, front)
    background = rgb(block["background_hue"], BACKGROUND_SATURATION, behind)
    texture = textures[block["background_texture"]]
    ground = (1 - cover) * texture.reshape(cover.shape)
    weights = np.stack([cover, ground], axis=-1)
    colors = np.stack([shape_color, background], axis=1)
    pixels = np.minimum(255 * weights @ colors + 0.5, 255)
    return pixels.reshape(len(cover), *textures.shape[1:], 3).astype("uint8")


def rgb(hue: np.ndarray, saturation: float, value: np.ndarray) -> np.ndarray:
    sector = (np.array([5, 3, 1], "float32") + 6 * hue[:, None]) % 6
    chroma = np.clip(np.minimum(sector, 4 - sector), 0, 1)
    return value[:, None] * (1 - saturation * chroma)

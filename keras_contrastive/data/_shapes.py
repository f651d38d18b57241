"""A generated data set whose factors are all known."""

from typing import Any

import numpy as np

from keras_contrastive._check_integer import check_integer
from keras_contrastive._checked import checked
from keras_contrastive.data._arrays import from_arrays
from keras_contrastive.data._render_shapes import SHAPES, TEXTURES, render
from keras_contrastive.data.batches import Batches

SPLITS = ("train", "test")

# How hard the task is. Lengths are shares of the side of the image.
CENTER = (0.28, 0.72)
SIZE = (0.24, 0.36)
ASPECT = (0.55, 1.0)
DARK = (0.15, 0.4)
LIGHT = (0.7, 1.0)

FACTORS = (
    "shape",
    "hue",
    "x",
    "y",
    "size",
    "aspect",
    "rotation",
    "background_texture",
    "background_hue",
    "background_value",
)


@checked
def shapes(
    num_images: int,
    batch_size: int,
    *,
    split: str = "train",
    image_size: int = 32,
    labels: bool | str = False,
    index: bool = False,
    shuffle: bool | None = None,
    seed: int = 0,
    drop_remainder: bool | None = None,
) -> Batches:
    """Draws images of one colored shape each, on weakly textured backgrounds.

    A small, fair task for self-supervised learning: the ten shapes are easy to
    see, but color, brightness, position, size, rotation and background vary so
    much that nearest neighbors in pixels rarely show the same shape. Image `i`
    depends on (seed, split, i) alone, so a longer data set begins with the
    images of a shorter one.

    Images are told apart more easily by their colors than by their shapes, so
    a model learns shapes only from views that hide colors: hue jitter over the
    whole circle, gray half of the time, crops of at least 30 % of the area.

    Args:
        num_images: Integer, number of images. They are drawn once and kept in
            memory: `3 * image_size**2` bytes per image.
        batch_size: Integer of at least 1, see `Batches`.
        split: `"train"` or `"test"`, other images of the same kind. Defaults
            to `"train"`.
        image_size: Integer from 8, height and width in pixels. Defaults to
            32.
        labels: `True` for the class of the shape, 0 to 9, with names in
            `class_names` of the result; or the name of any factor of
            `shape_factors`; or `"all"` for all of them, in a dictionary.
            Defaults to `False`, no labels.
        index: Boolean, whether to hand out the index of each image. Defaults
            to `False`.
        shuffle: Boolean, whether to draw a new order for every epoch. Defaults
            to `True` without labels and `False` with labels.
        seed: Integer from 0, seed of the images and of their order. Defaults
            to 0.
        drop_remainder: Boolean, whether to leave out the last images of an
            epoch if they do not fill a batch. Defaults to `shuffle`.

    Returns:
        `Batches` of `uint8` images `(batch, image_size, image_size, 3)`.

    Raises:
        ValueError: If an argument is out of its range.

    Example:

    >>> train = kc.data.shapes(20_000, batch_size=256)
    >>> test = kc.data.shapes(2_000, 256, split="test", labels=True)
    """
    factors = shape_factors(num_images, split=split, seed=seed)
    meaning = " pixels, or the shapes cannot be told"
    check_integer("image_size", image_size, 8, meaning=meaning)
    choices: dict[Any, Any] = {
        False: None,
        True: factors["shape"],
        "all": factors,
        **factors,
    }
    if not isinstance(labels, bool | str) or labels not in choices:
        raise ValueError(
            f"`labels` must be `True`, `False`, 'all' or one of {FACTORS}. "
            f"Received: labels={labels!r}"
        )
    batches = from_arrays(
        render(factors, image_size),
        choices[labels],
        batch_size=batch_size,
        shuffle=shuffle,
        seed=seed,
        drop_remainder=drop_remainder,
        index=index,
    )
    batches.source.name = f"shapes, {split}"
    if labels in (True, "shape"):
        batches.class_names = [
            shape.__name__.replace("_", " ") for shape in SHAPES
        ]
    return batches


@checked
def shape_factors(
    num_images: int, *, split: str = "train", seed: int = 0
) -> dict[str, np.ndarray]:
    """Returns the factors that determine the images of `shapes`.

    Args:
        num_images: Integer from 1.
        split: `"train"` or `"test"`. Defaults to `"train"`.
        seed: Integer from 0. Defaults to 0.

    Returns:
        Dictionary of arrays `(num_images,)`, all drawn independently, and all
        but `background_value` uniformly:

        * `shape`: int32, 0 disc, 1 ring, 2 crescent, 3 half disc,
          4 triangle, 5 square, 6 bar, 7 cross, 8 star, 9 ell;
        * `hue`: float32 in 0..1, color of the shape;
        * `x`, `y`: float32, center of the shape, 0 left or top, 1 right or
          bottom;
        * `size`: float32, radius of the shape as a share of the side;
        * `aspect`: float32, height over width of the shape;
        * `rotation`: float32, degrees in 0..360, clockwise;
        * `background_texture`: int32, 0 plain, 1 gradient, 2 stripes,
          3 checks, 4 dots;
        * `background_hue`: float32 in 0..1;
        * `background_value`: float32 in 0..1, brightness: dark or light, with
          a light shape on a dark background and a dark one on a light.

    Raises:
        ValueError: If an argument is out of its range.

    Example:

    >>> kc.data.shape_factors(2)["shape"]
    """
    check_integer("num_images", num_images, 1)
    if split not in SPLITS:
        raise ValueError(
            f"`split` must be one of {SPLITS}. Received: split={split!r}"
        )
    check_integer("seed", seed, 0, 2**64 - 1)
    # Philox fixes its words by definition, and row i holds the same words
    # whatever the number of rows.
    key = np.array([seed, SPLITS.index(split)], "uint64")
    words = np.random.Philox(key=key).random_raw((num_images, len(FACTORS)))
    uniform = dict(zip(FACTORS, (words >> 11).T * 2.0**-53, strict=True))

    def between(name: str, low: float, high: float) -> np.ndarray:
        return (low + (high - low) * uniform[name]).astype("float32")

    value = uniform["background_value"]
    return {
        "shape": (uniform["shape"] * len(SHAPES)).astype("int32"),
        "hue": between("hue", 0, 1),
        "x": between("x", *CENTER),
        "y": between("y", *CENTER),
        "size": between("size", *SIZE),
        "aspect": between("aspect", *ASPECT),
        "rotation": between("rotation", 0, 360),
        "background_texture": (
            uniform["background_texture"] * len(TEXTURES)
        ).astype("int32"),
        "background_hue": between("background_hue", 0, 1),
        "background_value": np.where(
            value < 0.5,
            DARK[0] + 2 * value * (DARK[1] - DARK[0]),
            LIGHT[0] + (2 * value - 1) * (LIGHT[1] - LIGHT[0]),
        ).astype("float32"),
    }

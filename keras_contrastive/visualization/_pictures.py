"""Images of any channels, patches and range, as pictures for `imshow`."""

import math
from typing import Any

import keras
import numpy as np

from keras_contrastive.ops import unit_range

ROUNDING = 1e-3  # values beyond 0..1 by no more than this count as within


def to_pictures(images: Any, argument: str) -> tuple[np.ndarray, str]:
    """Makes pictures of a batch of images or of sets of patches.

    Args:
        images: `uint8`, or float of any range, `(batch, height, width,
            channels)`; sets of patches have one or two more axes after the
            batch.
        argument: Name of the argument that they came from.

    Returns:
        float32 array in 0..1, `(batch, height, width)` or `(batch, height,
        width, 3)`, and a note on what the pictures leave out, or `""`.
    """
    pixels = keras.ops.convert_to_numpy(unit_range(images))
    if pixels.ndim not in (4, 5, 6) or 0 in pixels.shape:
        raise ValueError(
            f"`{argument}` must be images (batch, height, width, channels), "
            "or sets of patches with one or two more axes after the batch. "
            f"Received: shape {pixels.shape}"
        )
    if not np.isfinite(pixels).all():
        raise ValueError(
            f"`{argument}` must lead to finite pixels. "
            "Received: images with NaN or infinity"
        )
    notes = []
    if pixels.shape[-1] > 3:
        notes.append(f"3 of {pixels.shape[-1]} channels")
        pixels = pixels[..., :3]
    low, high = pixels.min(), pixels.max()
    if low < -ROUNDING or high > 1 + ROUNDING:
        notes.append(f"{low:.3g} to {high:.3g}")
        pixels = (pixels - low) / max(high - low, ROUNDING)
    pixels = mosaic(pixels.clip(0, 1))
    channels = pixels.shape[-1]
    if channels == 1:
        pixels = pixels[..., 0]
    elif channels == 2:  # magenta and green: the color-blind see both
        pixels = pixels[..., [0, 1, 0]]
    return pixels, "\n".join(notes)


def mosaic(pixels: np.ndarray) -> np.ndarray:
    """Lays the patches of each image out, with white gaps."""
    if pixels.ndim == 4:
        return pixels
    if pixels.ndim == 5:
        pixels = in_square(pixels)
    gap = max(1, min(pixels.shape[3:5]) // 12)
    margin = [(0, gap) if axis in (3, 4) else (0, 0) for axis in range(6)]
    pixels = np.pad(pixels, margin, constant_values=1)
    batch, rows, columns, height, width, channels = pixels.shape
    pixels = np.moveaxis(pixels, 2, 3)
    sheet = (batch, rows * height, columns * width, channels)
    return pixels.reshape(sheet)[:, :-gap, :-gap]


def in_square(pixels: np.ndarray) -> np.ndarray:
    """`(batch, patches, ...)` to `(batch, rows, columns, ...)`."""
    batch, patches, *rest = pixels.shape
    columns = math.ceil(math.sqrt(patches))
    rows = math.ceil(patches / columns)
    margin = [
        (0, rows * columns - patches) if a == 1 else (0, 0) for a in range(5)
    ]
    pixels = np.pad(pixels, margin, constant_values=1)
    return pixels.reshape(batch, rows, columns, *rest)

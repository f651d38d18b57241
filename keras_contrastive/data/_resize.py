from typing import Any

import numpy as np

from keras_contrastive._check_integer import check_integer


def pillow() -> Any:
    """Imports Pillow, the decoder that needs no deep learning framework."""
    try:
        import PIL.Image
    except ImportError as error:
        raise ImportError(
            "Decoding and resizing images needs Pillow: `pip install pillow`."
        ) from error
    return PIL.Image


def resize(image: Any, image_size: int) -> np.ndarray:
    """Resizes the shorter side and cuts out the center, in one step.

    Args:
        image: Pillow image.
        image_size: Integer, height and width of the result in pixels.

    Returns:
        `uint8` array `(image_size, image_size, channels)`: antialiased,
        bilinear.
    """
    side = min(image.size)
    left, top = (image.width - side) / 2, (image.height - side) / 2
    image = image.resize(
        (image_size, image_size),
        pillow().Resampling.BILINEAR,
        box=(left, top, left + side, top + side),
    )
    return np.asarray(image).reshape(image_size, image_size, -1)


def check_image_size(image_size: int) -> None:
    meaning = ", height and width in pixels"
    check_integer("image_size", image_size, 1, meaning=meaning)

import math
import warnings
from typing import Any

import numpy as np


def check_image_type(images: Any, name: str = "`images`") -> None:
    """Raises an error unless the rank and the type are those of images.

    Args:
        images: Array or tensor, perhaps symbolic, without known values.
        name: String, what messages call them.
    """
    # A type of NumPy and TensorFlow has a name, one of torch is printed.
    dtype = getattr(images.dtype, "name", str(images.dtype))
    if "uint8" not in dtype and "float" not in dtype:
        raise ValueError(
            f"{name} must be uint8 in 0..255 or float in 0..1. Convert other "
            'integers by `images.astype("uint8")`, resize pictures of several '
            "sizes to one, and read files by `keras_contrastive.data."
            f"from_folder`. Received: dtype {dtype}"
        )
    shape = tuple(images.shape)
    if len(shape) != 4:
        raise ValueError(
            f"{name} must have shape (batch, height, width, channels). Add "
            "the missing axis to gray images by `images[..., None]`, to one "
            "image by `images[None]`, to a data set of single images by "
            f"`data.batch(256, drop_remainder=True)`. Received: shape {shape}"
        )
    _, second, third, last = (size or 0 for size in shape)
    if second in (1, 3) and third > second and last > 4:
        raise ValueError(
            f"{name} must have shape (batch, height, width, channels). Move "
            "the channels from the second axis to the last by "
            "`np.moveaxis(images, 1, -1)`, in torch by "
            f"`images.permute(0, 2, 3, 1)`. Received: shape {shape}"
        )


def check_images(images: Any, name: str = "`images`") -> None:
    """Raises an error unless an array holds images, by its values too."""
    check_image_type(images, name)
    if 0 in images.shape:
        raise ValueError(
            f"{name} must have no axis of length 0. "
            f"Received: shape {images.shape}"
        )
    if images.dtype != "uint8":
        low, high = images.min(), images.max()
        if not math.isfinite(high - low):
            raise ValueError(
                f"{name} must be finite: leave out, or mend, images with "
                "infinite pixels or ones that are no numbers. "
                f"Received: values from {low} to {high}"
            )
        if not (low >= 0 and high <= 1):
            raise ValueError(
                f"{name} of a float type must lie in 0..1: divide by 255, "
                "undo a normalization, or pass uint8. Divide those of a "
                "`tf.data.Dataset`, such as that of "
                "`keras.utils.image_dataset_from_directory`, by "
                "`data.map(lambda x, *y: (x / 255, *y))`. "
                f"Received: values from {low} to {high}"
            )


def warn_if_flat(images: Any, argument: str) -> None:
    """Warns of a batch of images in which hardly anything is to be seen.

    Args:
        images: Array of images, `uint8` or float in 0..1.
        argument: String, the argument that they came for.
    """
    images = np.asarray(images)
    low, high = images.min(), images.max()
    white = 255 if images.dtype == "uint8" else 1
    if high - low < 0.05 * white:
        warnings.warn(
            f"The images of `{argument}` hardly vary: {images.dtype} from "
            f"{low:.3g} to {high:.3g}, of 0 to {white}. Divide by 255 once "
            "only; multiply `uint8` of 0 and 1 by 255.",
            stacklevel=3,
        )

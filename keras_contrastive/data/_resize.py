from typing import Any

import numpy as np
from PIL import Image

from keras_contrastive._check_integer import check_integer


def resize(
    image: Any,
    image_size: tuple[int, int],
    size: tuple[float, float] | None = None,
) -> np.ndarray:
    """Resizes until the size is just covered, and cuts out the center.

    Args:
        image: Pillow image.
        image_size: Tuple `(height, width)` of the result in pixels.
        size: Tuple `(width, height)` in pixels of what `image` shows, from
            its upper left corner on. Defaults to all of it.

    Returns:
        `uint8` array `(height, width, channels)`: antialiased, bilinear, in
        one step.
    """
    height, width = image_size
    whole_width, whole_height = size or image.size
    # The largest part of the image that has the form of the result.
    box_width = min(whole_width, whole_height * width / height)
    box_height = min(whole_height, whole_width * height / width)
    left, top = (whole_width - box_width) / 2, (whole_height - box_height) / 2
    image = image.resize(
        (width, height),
        Image.Resampling.BILINEAR,
        box=(left, top, left + box_width, top + box_height),
    )
    return np.asarray(image).reshape(height, width, -1)


def height_and_width(image_size: int | tuple[int, int]) -> tuple[int, int]:
    """Returns `image_size` as `(height, width)`, checked."""
    sides = image_size if isinstance(image_size, tuple | list) else [image_size]
    meaning = ", or a pair (height, width) of such, in pixels"
    for side in sides:
        check_integer("image_size", side, 1, meaning=meaning)
    if len(sides) not in (1, 2):
        raise ValueError(
            "`image_size` must be one integer or a pair (height, width), in "
            f"pixels. Received: image_size={image_size}"
        )
    return int(sides[0]), int(sides[-1])

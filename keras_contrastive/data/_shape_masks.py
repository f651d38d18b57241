from typing import Any

import numpy as np

from keras_contrastive._check_integer import check_integer
from keras_contrastive._checked import checked
from keras_contrastive.data._render_shapes import covered
from keras_contrastive.data._shapes import shape_factors


@checked
def shape_masks(
    num_images: int,
    *,
    split: str = "train",
    image_size: int = 32,
    seed: int = 0,
) -> np.ndarray:
    """Finds the shape to which each pixel of the images of `shapes` belongs.

    Args:
        num_images: Integer from 1.
        split: `"train"` or `"test"`. Defaults to `"train"`.
        image_size: Integer from 8, height and width in pixels. Defaults to
            32.
        seed: Integer from 0. Defaults to 0.

    Returns:
        int32 array `(num_images, image_size, image_size)`: 0 where less than
        half of a pixel is covered, else 1 to 10, the class of the shape plus
        one.

    Raises:
        ValueError: If an argument is out of its range.

    Example:

    >>> images = next(iter(kc.data.shapes(100, 100, shuffle=False)))
    >>> masks = kc.data.shape_masks(100)
    """
    factors = shape_factors(num_images, split=split, seed=seed)
    check_integer("image_size", image_size, 8)
    masks = np.zeros((num_images, image_size, image_size), "int32")
    for rows, cover in covered(factors, image_size):
        inside = cover.reshape(len(rows), image_size, image_size) >= 0.5
        masks[rows] = inside * (factors["shape"][rows][:, None, None] + 1)
    return masks


@checked
def shape_boxes(masks: Any) -> np.ndarray:
    """Finds the smallest boxes around what is not background.

    Args:
        masks: Integer array `(num_images, height, width)`, 0 for background.

    Returns:
        float32 array `(num_images, 4)`: left, top, right and bottom edge in
        pixels, `"xyxy"` in keras-cv. The first pixel alone has the box 0, 0,
        1, 1.

    Raises:
        ValueError: If the rank is wrong, or a mask has only background.

    Example:

    >>> boxes = kc.data.shape_boxes(kc.data.shape_masks(100))
    """
    masks = np.asarray(masks)
    if masks.ndim != 3 or not masks.any(axis=(1, 2)).all():
        raise ValueError(
            "`masks` must be (num_images, height, width), with an object in "
            f"each. Received: shape {masks.shape}"
        )
    ends = []
    for axis in (1, 2):
        there = (masks != 0).any(axis=axis)
        first = there.argmax(axis=1)
        last = there.shape[1] - there[:, ::-1].argmax(axis=1)
        ends.append((first, last))
    (left, right), (top, bottom) = ends
    return np.stack([left, top, right, bottom], axis=1).astype("float32")

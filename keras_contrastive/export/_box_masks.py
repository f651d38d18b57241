"""Masks between the grid of a box and the image."""

from typing import Any

import numpy as np
from keras import ops

from keras_contrastive._check_tensor import check_tensor
from keras_contrastive._checked import checked
from keras_contrastive.export._instance_segmenter import SIDE
from keras_contrastive.export._roi_align import roi_align


@checked
def crop_masks(masks: Any, boxes: Any) -> np.ndarray:
    """Cuts what `instance_segmenter` is to learn out of masks of images.

    Args:
        masks: Array `(batch, boxes, height, width)`, 1 or True where the object
            of a box is, else 0.
        boxes: Array `(batch, boxes, 4)`: left, top, right and bottom edge in
            pixels.

    Returns:
        float32 array `(batch, boxes, 28, 28)`: 1 in the bins of a box of which
        half or more is covered (RoIAlign of the mask), else 0.

    Raises:
        ValueError: If the shapes do not fit each other, or the masks have other
            values.

    Example:

    >>> masks = kc.data.shape_masks(100)
    >>> boxes = kc.data.shape_boxes(masks)[:, None]
    >>> targets = kc.export.crop_masks(masks[:, None] > 0, boxes)
    """
    check_boxes("masks", masks, boxes)
    masks, boxes = np.asarray(masks), np.asarray(boxes, "float32")
    if not np.isin(masks, (0, 1)).all():
        raise ValueError(
            "`masks` must be 0 and 1, one mask for each box: of a map of "
            "classes, take `masks[:, None] == classes[:, :, None, None]`. "
            f"Received: values from {masks.min()} to {masks.max()}"
        )
    planes = masks.reshape((-1, *masks.shape[2:], 1)).astype("float32")
    covered = roi_align(
        ops.convert_to_tensor(planes),
        ops.convert_to_tensor(boxes.reshape((-1, 1, 4))),
        2 * SIDE,
    )
    covered = ops.convert_to_numpy(covered) >= 0.5
    return covered.reshape((*masks.shape[:2], 2 * SIDE, 2 * SIDE)).astype(
        "float32"
    )


@checked
def paste_masks(
    logits: Any, boxes: Any, image_size: tuple[int, int]
) -> np.ndarray:
    """Puts what `instance_segmenter` returns where the boxes are.

    Args:
        logits: Array `(batch, boxes, rows, columns)`, the masks within boxes.
        boxes: Array `(batch, boxes, 4)`: left, top, right and bottom edge in
            pixels of the image.
        image_size: `(height, width)` of the image in pixels.

    Returns:
        Boolean array `(batch, boxes, height, width)`: True where the center of
        a pixel lies in the box and its probability, interpolated bilinearly,
        is 0.5 or more.

    Raises:
        ValueError: If the shapes do not fit each other, or a side is not
            positive.

    Example:

    >>> logits = model.predict([images, boxes, classes])
    >>> masks = kc.export.paste_masks(logits, boxes, images.shape[1:3])
    """
    check_boxes("logits", logits, boxes)
    if min(image_size) < 1:
        raise ValueError(
            "`image_size` must be positive pixels (height, width). "
            f"Received: image_size={image_size}"
        )
    logits = ops.cast(ops.convert_to_tensor(logits), "float32")
    shares = ops.convert_to_numpy(ops.sigmoid(logits))
    left, top, right, bottom = np.moveaxis(np.asarray(boxes, "float32"), -1, 0)
    rows, row_inside = places(top, bottom, shares.shape[2], image_size[0])
    columns, column_inside = places(left, right, shares.shape[3], image_size[1])
    pixels = rows @ shares @ np.swapaxes(columns, 2, 3)
    inside = row_inside[..., :, None] & column_inside[..., None, :]
    # A sum of weights that make up one may end just below it.
    return inside & (pixels >= 0.5 - 1e-6)


def places(start, end, count, size):
    """Weights `(batch, boxes, size, count)` of bins, and which pixels see any.

    Args:
        start: float32 array `(batch, boxes)`, an edge in pixels.
        end: float32 array `(batch, boxes)`, the opposite edge.
        count: Integer, number of bins.
        size: Integer, number of pixels.
    """
    start, end = start[..., None], end[..., None]
    centers = np.arange(size, dtype="float32") + 0.5
    inside = (centers >= start) & (centers < end)
    length = np.where(end > start, end - start, 1)
    points = np.clip((centers - start) / length * count - 0.5, 0, count - 1)
    distance = np.abs(points[..., None] - np.arange(count, dtype="float32"))
    return np.maximum(1 - distance, 0), inside


def check_boxes(name, masks, boxes):
    check_tensor(name, masks, 4)
    check_tensor("boxes", boxes, 3)
    expected = (*np.shape(masks)[:2], 4)
    if np.shape(boxes) != expected or 0 in np.shape(masks):
        raise ValueError(
            f"`boxes` must be (batch, boxes, 4), one for each of `{name}`, "
            f"(batch, boxes, height, width). Received: shapes "
            f"{np.shape(boxes)} and {np.shape(masks)}"
        )

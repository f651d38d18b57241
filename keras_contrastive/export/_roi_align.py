"""What lies under boxes, read from feature maps without rounding."""

import numpy as np
from keras import ops


def roi_align(features, boxes, side):
    """Features of boxes, each on a grid of its own.

    A bin of the grid is the average of four points, two by two and evenly
    spread, which are interpolated bilinearly. Points and average are separable:
    a small matrix for the rows and one for the columns of each box. Centers of
    pixels lie at halves, which the paper leaves open (Detectron2's `aligned`);
    beyond the centers at the edge the features stay what they are there.

    Args:
        features: Tensor `(batch, height, width, channels)`.
        boxes: float32 tensor `(batch, boxes, 4)`: left, top, right and bottom
            edge in pixels of `features`.
        side: Integer, bins of the grid in either direction.

    Returns:
        float32 tensor `(batch, boxes, side, side, channels)`.

    Reference: He et al., 2017, https://arxiv.org/abs/1703.06870, section 3.
    """
    left, top, right, bottom = ops.split(boxes, 4, axis=-1)
    rows = sampling_matrix(top, bottom, side, features.shape[1])
    columns = sampling_matrix(left, right, side, features.shape[2])
    features = ops.cast(features, "float32")
    x = ops.einsum("bnyh,bhwc->bnywc", rows, features)
    return ops.einsum("bnxw,bnywc->bnyxc", columns, x)


def sampling_matrix(start, end, side, size):
    """Weights `(batch, boxes, side, size)` of `size` pixels in `side` bins.

    Args:
        start: float32 tensor `(batch, boxes, 1)`, an edge in pixels.
        end: float32 tensor `(batch, boxes, 1)`, the opposite edge.
        side: Integer, number of bins.
        size: Integer, number of pixels.
    """
    pixels = np.arange(size, dtype="float32")
    weights = 0.0
    for place in (0.25, 0.75):  # of a bin
        share = ((np.arange(side) + place) / side).astype("float32")
        points = start + ops.multiply(end - start, share) - 0.5
        points = ops.expand_dims(ops.clip(points, 0, size - 1), -1)
        distance = ops.abs(ops.subtract(points, pixels))
        weights = weights + 0.5 * ops.relu(1 - distance)
    return weights

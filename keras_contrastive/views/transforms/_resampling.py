"""Separable resampling: one matrix for the rows and one for the columns.

Two small matrix products per image crop, flip and resize at once, on any
accelerator, under any compiler, with a gradient.
"""

from keras import ops


def triangle(distance):
    """Kernel of bilinear interpolation."""
    return ops.maximum(1 - distance, 0.0)


def cubic(distance, slope=-0.5):
    """Kernel of bicubic interpolation (Keys, 1981), of a slope at distance 1.

    Written in what is left to distances 1 and 2, so it needs no cases.
    """
    to_two = ops.maximum(2 - distance, 0.0)
    to_one = ops.maximum(to_two - 1, 0.0)
    near = to_one**2 * (3 + 4 * slope - 2 * to_one)
    return near + slope * to_two**2 * (1 - to_two)


KERNELS = {"bilinear": triangle, "bicubic": cubic}


def crop_matrix(start, length, size_in, size_out, kernel, antialias, flip=None):
    """Weights of a crop of one axis, resized to `size_out` pixels.

    A new pixel gathers what lies under the kernel around its center, inside
    the crop only. With antialiasing the kernel widens when the crop shrinks.

    Args:
        start: float32 `(batch,)`, where the crop begins, in source pixels.
        length: float32 `(batch,)`, its length in source pixels.
        size_in: Integer, pixels before.
        size_out: Integer, pixels after.
        kernel: Function of the distance in pixels.
        antialias: Boolean.
        flip: float32 `(batch,)`, 1 where the axis is reversed, or None.

    Returns:
        float32 tensor `(batch, size_out, size_in)`, rows that sum to 1.
    """
    start, length = start[:, None], length[:, None]
    scale = length / size_out
    target = ops.arange(size_out, dtype="float32")[None]
    if flip is not None:
        target = target + flip[:, None] * (size_out - 1 - 2 * target)
    center = start + (target + 0.5) * scale
    source = ops.arange(size_in, dtype="float32")[None] + 0.5
    width = ops.maximum(scale, 1.0) if antialias else ops.ones_like(scale)
    source_by_width, center_by_width = source / width, center / width
    weights = kernel(
        ops.abs(source_by_width[:, None] - center_by_width[:, :, None])
    )
    inside = ops.logical_and(source > start, source < start + length)
    weights = ops.where(inside[:, None], weights, 0.0)
    return weights / ops.sum(weights, axis=2, keepdims=True)


def resample(planes, rows, columns):
    """Applies `(batch, new, old)` matrices to rows and columns of planes."""
    planes = ops.matmul(rows[:, None], planes)
    return ops.matmul(planes, ops.transpose(columns, (0, 2, 1))[:, None])

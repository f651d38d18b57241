"""Operations of RandAugment that move pixels: affine maps, as in Pillow."""

import functools

import numpy as np
from keras import ops

from keras_contrastive.views.transforms._resampling import cubic, triangle

# What comes in from beyond the border: the mean color of ImageNet.
FILL = np.array([124, 116, 104], "float32") / 255
WARPS = ("rotate", "shear_x", "translate_x", "shear_y", "translate_y")


def warps():
    """The changes: turn, along x, along y, bilinear; the same, bicubic."""
    # Pillow transforms with this slope and resizes with another.
    pillow_cubic = functools.partial(cubic, slope=-1.0)
    return [
        functools.partial(move, kernel=kernel, across=across, down=down)
        for kernel, taps in ((triangle, (0, 1)), (pillow_cubic, (-1, 0, 1, 2)))
        for across, down in ((taps, taps), (taps, (0,)), ((0,), taps))
    ]


def move(planes, level, number, **how):
    return warp(planes, matrix_of(level, number, *planes.shape[2:]), **how)


def matrix_of(level, number, height, width):
    """Where pixels come from, see `warp`; `number` is a place in `WARPS`."""

    def amount(name, at_level_10):
        is_it = ops.cast(number == WARPS.index(name), "float32")
        return is_it * (level / 10) * at_level_10

    turn = amount("rotate", -np.pi / 6)
    cosine, sine = ops.cos(turn), ops.sin(turn)
    # The center stays where it is.
    right = (width - cosine * width - sine * height) / 2
    down = (height + sine * width - cosine * height) / 2
    return (
        cosine,
        sine + amount("shear_x", 0.3),
        right + amount("translate_x", 0.45 * width),
        amount("shear_y", 0.3) - sine,
        cosine,
        down + amount("translate_y", 0.45 * height),
    )


def warp(planes, matrix, kernel, across, down):
    """Looks up each pixel at an affine map of its place.

    Args:
        planes: `(batch, 3, height, width)` in 0..1.
        matrix: Six float32 tensors `(batch,)`: the pixel at `(x, y)` comes
            from `(a x + b y + c, d x + e y + f)`, measured from the corner.
        kernel: Function of the distance in pixels.
        across: Columns that it reaches, as steps from that of the pixel before
            the place; 0 alone where pixels stay in their column.
        down: Likewise, rows.

    Returns:
        Planes of the same shape, clipped to 0..1.
    """
    channels, height, width = planes.shape[1:]
    a, b, c, d, e, f = (ops.reshape(v, (-1, 1, 1)) for v in matrix)
    x = ops.arange(width, dtype="float32") + 0.5
    y = ops.arange(height, dtype="float32")[:, None] + 0.5
    x, y = a * x + b * y + c, d * x + e * y + f
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    flat = ops.reshape(planes, (-1, channels, height * width))
    column, column_weight = around(x - 0.5, across, width, kernel)
    row, row_weight = around(y - 0.5, down, height, kernel)
    # (batch, rows, columns, height, width)
    place = row[:, :, None] * width + column[:, None]
    weight = row_weight[:, :, None] * column_weight[:, None]
    taps = len(across) * len(down)
    place = ops.reshape(place, (-1, 1, taps * height * width))
    found = ops.take_along_axis(flat, place, axis=2)
    found = ops.reshape(found, (-1, channels, taps, height, width))
    weight = ops.reshape(weight, (-1, 1, taps, height, width))
    moved = ops.sum(weight * found, axis=2)
    moved = ops.clip(moved, 0.0, 1.0)
    return ops.where(inside[:, None], moved, FILL[:, None, None])


def around(place, steps, size, kernel):
    """Pixels near each place and their weights; border pixels are repeated.

    Args:
        place: `(batch, height, width)`.
        steps: Tuple of integers, from the pixel before the place.
        size: Integer, pixels of a row or column.
        kernel: Function of the distance in pixels.

    Returns:
        Integers and weights `(batch, steps, height, width)`.
    """
    steps = ops.convert_to_tensor(np.reshape(steps, (-1, 1, 1)), "float32")
    pixel = ops.floor(place)[:, None] + steps
    weight = kernel(ops.abs(place[:, None] - pixel))
    return ops.cast(ops.clip(pixel, 0, size - 1), "int32"), weight

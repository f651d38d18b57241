"""Gaussian blur of planes, in two forms that give the same.

Borders are mirrored at the border pixel, which is not repeated.
"""

import numpy as np
from keras import ops

from keras_contrastive.views.transforms._resampling import resample


def blur_by_matrices(planes, sigma, radius):
    """Two products of matrices: best where these are fast, or unfused.

    Args:
        planes: `(batch, channels, height, width)`, sides above `radius`.
        sigma: float32 `(batch,)`, standard deviation in pixels; 0 is no blur.
        radius: Integer, taps on each side.
    """
    height, width = planes.shape[2:]
    rows = blur_matrix(sigma, height, radius)
    if width == height:
        return resample(planes, rows, rows)
    return resample(planes, rows, blur_matrix(sigma, width, radius))


def blur_by_shifts(planes, sigma, radius):
    """Sums of shifted planes, likewise: best where a compiler fuses them."""
    taps = np.arange(-radius, radius + 1)
    weights = ops.exp(-sharpness_of(sigma)[:, None] * constant(taps**2))
    weights = weights / ops.sum(weights, axis=1, keepdims=True)
    weights = ops.reshape(weights, (-1, len(taps), 1, 1, 1))
    for axis in (2, 3):
        size = planes.shape[axis]
        wide = mirrored(planes, radius, axis)
        planes = sum(
            weights[:, tap] * part(wide, tap, tap + size, axis)
            for tap in range(len(taps))
        )
    return planes


def mirrored(planes, radius, axis):
    """Planes with `radius` more pixels on both sides of an axis."""
    size = planes.shape[axis]
    before = ops.flip(part(planes, 1, radius + 1, axis), axis)
    after = ops.flip(part(planes, size - radius - 1, size - 1, axis), axis)
    return ops.concatenate([before, planes, after], axis)


def part(planes, start, stop, axis):
    return planes[(slice(None),) * axis + (slice(start, stop),)]


def sharpness_of(sigma):
    return 1 / (2 * ops.square(sigma) + 1e-12)


def blur_matrix(sigma, size, radius):
    """Weights of a Gaussian blur of one axis, with mirrored borders.

    A tap beyond the border falls on the pixel mirrored at the border pixel;
    the mirrored taps are two more Gaussians in the same matrix.

    Args:
        sigma: float32 `(batch,)`, standard deviation in pixels; 0 is no blur.
        size: Integer, pixels of the axis, above `radius`.
        radius: Integer, taps on each side.

    Returns:
        float32 tensor `(batch, size, size)`, rows that sum to 1.
    """
    i, j = np.arange(size)[:, None], np.arange(size)[None]
    # No tap beyond the border lands on a border pixel itself.
    below = np.where(j > 0, i + j, size + radius)
    above = np.where(j < size - 1, 2 * (size - 1) - i - j, size + radius)
    sharpness = sharpness_of(sigma)[:, None, None]
    weights = sum(
        ops.exp(-sharpness * constant(distance**2))
        * constant(np.abs(distance) <= radius)
        for distance in (i - j, below, above)
    )
    return weights / ops.sum(weights, axis=2, keepdims=True)


def constant(values):
    return ops.convert_to_tensor(values.astype("float32"))

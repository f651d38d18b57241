"""Beta numbers from uniform ones: the same on every backend and replica."""

from typing import Any

import numpy as np
from keras import ops

COUNT = 4096


def beta_quantiles(alpha: float) -> Any:
    """Quantiles of Beta(alpha, alpha), evenly spaced from 0 to 1.

    With `x = sin(t)^2` the density over `t` is a power of `sin(t) cos(t)`,
    which is summed up at the midpoints of fine steps.

    Args:
        alpha: Positive float.

    Returns:
        float32 array `(4097,)`, from 0 to 1.

    Example:

    >>> beta_quantiles(2.0)[2048]
    0.5
    """
    edges = np.linspace(0, np.pi / 2, 2**18 + 1)
    middles = (edges[1:] + edges[:-1]) / 2
    log_density = (2 * alpha - 1) * np.log(np.sin(2 * middles))
    weights = np.exp(log_density - log_density.max())
    share = np.concatenate([[0], np.cumsum(weights)]) / weights.sum()
    angles = np.interp(np.linspace(0, 1, COUNT + 1), share, edges)
    return (np.sin(angles) ** 2).astype("float32")


def beta(uniforms: Any, quantiles: Any) -> Any:
    """Turns uniform numbers into those whose quantiles are given.

    Args:
        uniforms: float32 tensor in [0, 1), of any shape.
        quantiles: float32 array `(4097,)`, of `beta_quantiles`.

    Returns:
        float32 tensor of the same shape, in [0, 1].
    """
    place = COUNT * uniforms
    below = ops.floor(place)
    index = ops.cast(below, "int32")
    low, high = ops.take(quantiles, index), ops.take(quantiles, index + 1)
    return low + (place - below) * (high - low)

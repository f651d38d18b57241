from typing import Any

import numpy as np

from keras_contrastive.metrics._checked_rows import checked_rows
from keras_contrastive.metrics._unit import unit


def feature_spread(z: Any) -> float:
    """How far samples lie apart on the sphere, from 0, collapsed, to 1.

    With `z` of unit length it is the standard deviation of each unit over the
    samples, averaged over the units, times the square root of their number.
    Directions all over the sphere give 1. A large common part of all samples,
    as after a ReLU, makes it small though nothing has collapsed; and two
    points far apart give 1: a collapse onto few dimensions is seen by
    `effective_rank` alone.

    Args:
        z: Array `(samples, units)`, of any length.

    Returns:
        Float in 0..1.

    Raises:
        ValueError: For other than at least 2 samples.

    Example:

    >>> feature_spread(model(images)["projections"][0])

    Reference: Chen and He, 2020, https://arxiv.org/abs/2011.10566,
        section 4.1.
    """
    z = unit(checked_rows(z, "z"))
    return float(z.std(axis=0).mean() * np.sqrt(z.shape[1]))

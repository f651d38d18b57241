from typing import Any

import numpy as np

from keras_contrastive._checked import checked
from keras_contrastive.metrics._checked_rows import checked_rows


@checked
def effective_rank(features: Any, *, centered: bool = False) -> float:
    """How many dimensions features fill, weighed by their size.

    The exponential of the entropy of the singular values, scaled to a sum of
    1. Without the 1e-7 that the paper adds to each of them: zeros do not
    count, and features that are all zero have a rank of 0.

    Args:
        features: Array `(samples, units)`.
        centered: Boolean, whether to subtract the mean of the samples first.
            RankMe does not: a large common part of all samples, as after a
            ReLU, then hides what tells them apart. Defaults to `False`.

    Returns:
        Float from 1 to the smaller of samples and units.

    Raises:
        ValueError: For other than at least 2 samples.

    Example:

    >>> effective_rank(model.encoder(images))

    Reference: Garrido et al., 2022, https://arxiv.org/abs/2210.02885,
        equation 1.
    """
    features = checked_rows(features, "features")
    size = float(np.linalg.norm(features))
    if centered:
        features = features - features.mean(axis=0)
    return entropy_rank(np.linalg.svd(features, compute_uv=False), size)


def entropy_rank(values: np.ndarray, size: float) -> float:
    """Exponential of the entropy of all values but rounding errors.

    Args:
        values: Array, singular values or eigenvalues.
        size: Float, that of what they were computed from.
    """
    values = values[values > 1e-12 * size]
    if not len(values):
        return 0.0
    shares = values / values.sum()
    return float(np.exp(-(shares * np.log(shares)).sum()))

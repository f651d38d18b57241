from typing import Any

from keras import ops

from keras_contrastive._checked import checked
from keras_contrastive.contrasts.contrast import Contrast
from keras_contrastive.losses.pair_loss import PairLoss


@checked
def regression_loss(contrast: Contrast) -> Any:
    """Squared distance of unit vectors, `2 - 2 s`, of each query and key.

    Args:
        contrast: `Contrast`; candidates do not count.

    Returns:
        Float tensor `(queries,)`.

    Example:

    >>> regression_loss(Contrast(l2_normalize(p), l2_normalize(z)))

    Reference: Grill et al., 2020, https://arxiv.org/abs/2006.07733, equation
        2.
    """
    return 2 - 2 * contrast.paired()


def regression_slopes(
    contrast: Contrast, positives: Any, negatives: Any
) -> tuple[Any, Any]:
    """2 for each positive."""
    return 2 * ops.ones_like(positives), None


REGRESSION = PairLoss(regression_loss, regression_slopes, has_negatives=False)
"""`regression_loss` with its derivative: BYOL."""


def cosine_loss(contrast: Contrast) -> Any:
    """`-s` of each query and its key, in -1..1, `(queries,)`."""
    return -contrast.paired()


def cosine_slopes(
    contrast: Contrast, positives: Any, negatives: Any
) -> tuple[Any, Any]:
    """1 for each positive."""
    return ops.ones_like(positives), None


COSINE = PairLoss(cosine_loss, cosine_slopes, has_negatives=False)
"""Minus the cosine of query and key, with its derivative: SimSiam."""

from typing import Any

from keras import ops

from keras_contrastive._checked import checked
from keras_contrastive.contrasts.contrast import Contrast, hide
from keras_contrastive.losses.pair_loss import PairLoss


@checked
def dcl_loss(contrast: Contrast) -> Any:
    """The softmax loss without the positive among those it is compared with.

        log(sum over negatives of exp(s / T)) - s_positive / T

    Args:
        contrast: `Contrast` with candidates.

    Returns:
        Float tensor `(queries,)`, which can be negative.

    Example:

    >>> dcl_loss(kc.contrasts.in_batch(queries, keys, temperature=0.1))

    Reference: Yeh et al., 2021, https://arxiv.org/abs/2110.06848.
    """
    positives, products = contrast.similarities()
    logits = hide(products / contrast.temperature, contrast.no_negatives)
    return ops.logsumexp(logits, axis=1) - positives / contrast.temperature


def dcl_slopes(
    contrast: Contrast, positives: Any, negatives: Any
) -> tuple[Any, Any]:
    """`1 / T`, and the softmax over the negatives divided by `T`."""
    logits = negatives / contrast.temperature
    return (
        ops.ones_like(positives) / contrast.temperature,
        ops.softmax(logits, axis=1) / contrast.temperature,
    )


DECOUPLED = PairLoss(dcl_loss, dcl_slopes)
"""`dcl_loss` with its derivative, the loss of `DCL`."""

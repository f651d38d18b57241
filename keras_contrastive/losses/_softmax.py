"""Cross entropy over similarities: InfoNCE, NT-Xent, MoCo's loss, CPC's, ..."""

from typing import Any

from keras import ops

from keras_contrastive._checked import checked
from keras_contrastive.contrasts.contrast import Contrast, hide
from keras_contrastive.losses._mirrored_softmax import mirrored_softmax
from keras_contrastive.losses.pair_loss import PairLoss


@checked
def softmax_loss(contrast: Contrast) -> Any:
    """Cross entropy of each positive among all that count, `(queries,)`.

    With similarities `s` and the temperature `T`,

        log(sum over positive and negatives of exp(s / T)) - s_positive / T

    Args:
        contrast: `Contrast` with candidates.

    Returns:
        Float tensor `(queries,)`.

    Example:

    >>> softmax_loss(kc.contrasts.in_batch(queries, keys, temperature=0.1))

    Reference: van den Oord et al., 2018, https://arxiv.org/abs/1807.03748,
        equation 4.
    """
    positives, products = contrast.similarities()
    positives = positives / contrast.temperature
    logits = hide(products / contrast.temperature, contrast.uncounted)
    if contrast.own is None:
        logits = ops.concatenate([positives[:, None], logits], axis=1)
    return ops.logsumexp(logits, axis=1) - positives


def softmax_slopes(
    contrast: Contrast, positives: Any, negatives: Any
) -> tuple[Any, Any]:
    """With the softmax `p`, `(1 - p_positive) / T` and `p_negative / T`."""
    logits = ops.concatenate([positives[:, None], negatives], axis=1)
    shares = ops.softmax(logits / contrast.temperature, axis=1)
    push = shares[:, 1:] / contrast.temperature
    # Not 1 - p, of which nothing is left where p is close to 1.
    return ops.sum(push, axis=1), push


SOFTMAX = PairLoss(softmax_loss, softmax_slopes, mirrored=mirrored_softmax)
"""`softmax_loss` with its derivative: SimCLR, MoCo, NNCLR, CPC, ..."""

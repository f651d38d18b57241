"""AMDIM's loss: noise contrastive estimation with clipped scores."""

from typing import Any

from keras import ops

from keras_contrastive.contrasts._places import AmongPlaces
from keras_contrastive.contrasts._row_blocks import in_row_blocks
from keras_contrastive.contrasts.contrast import MASKED, Contrast, hide
from keras_contrastive.losses.pair_loss import PairLoss


def soft_clip(scores: Any, clip: float) -> Any:
    """`clip * tanh(scores / clip)`: nearly the scores, within the limits."""
    # On JAX Keras computes `tanh` and `mean` of float64 in float32.
    return clip * (2 * ops.sigmoid(2 * scores / clip) - 1)


def local_nce(compared: AmongPlaces, clip: float) -> tuple[Any, Any]:
    """Loss of each image, the mean over its places, and its mean square.

    With the scores `s`, clipped, of a vector and the places of all images,

        log(exp(s_own) + sum over other images of exp(s)) - s_own

    of each place of its own image. The mean square is that of all scores
    before they are clipped.

    Args:
        compared: `AmongPlaces`.
        clip: Positive float.

    Returns:
        Pair of tensors `(images,)`.
    """

    def of_rows(contrast):
        products = contrast.queries @ ops.transpose(contrast.candidates)
        raw = products / contrast.temperature
        scores = soft_clip(raw, clip)
        steps = ops.arange(compared.count, dtype="int32")
        own = contrast.own[:, None]
        positives = ops.take_along_axis(scores, own + steps, axis=1)
        columns = ops.arange(ops.shape(scores)[1], dtype="int32")[None]
        is_own = (columns >= own) & (columns < own + compared.count)
        masked = ops.cast(MASKED, scores.dtype)
        others = ops.logsumexp(
            ops.where(is_own, masked, scores), axis=1, keepdims=True
        )
        losses = ops.sum(ops.softplus(others - positives), axis=1)
        squares = ops.sum(ops.square(raw), axis=1)
        count = ops.cast(ops.shape(raw)[1], raw.dtype)
        return losses / compared.count, squares / count

    return in_row_blocks(of_rows, compared.contrast)


def clipped_softmax(clip: float) -> PairLoss:
    """Cross entropy of clipped scores, of a positive in each row.

    What `local_nce` is of `AmongPlaces.one_by_one`, with its derivative.
    """

    def clipped(contrast, scores):
        return soft_clip(scores / contrast.temperature, clip)

    def values(contrast: Contrast) -> Any:
        positives, products = contrast.similarities()
        logits = hide(clipped(contrast, products), contrast.uncounted)
        return ops.logsumexp(logits, axis=1) - clipped(contrast, positives)

    def slopes(contrast: Contrast, positives: Any, negatives: Any) -> tuple:
        logits = ops.concatenate([positives[:, None], negatives], axis=1)
        logits = clipped(contrast, logits)
        push = ops.softmax(logits, axis=1)[:, 1:]
        # How fast a score moves under the clip.
        speed = (1 - ops.square(logits / clip)) / contrast.temperature
        pull = ops.sum(push, axis=1) * speed[:, 0]
        return pull, push * speed[:, 1:]

    return PairLoss(values, slopes)

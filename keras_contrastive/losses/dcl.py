import dataclasses

from keras import ops

from keras_contrastive._export import export
from keras_contrastive.losses._pair_loss import PairLoss
from keras_contrastive.losses._pairs import MASKED, positive_of, same_image


@export
class DCL(PairLoss):
    """Decoupled contrastive loss: NT-Xent without the positive below the line.

    The positive no longer stands among those that it is compared with, so its
    pull does not fade where the negatives are easy, as in small batches. The
    loss can be negative. Negatives are the `2 (N - 1)` of NT-Xent; the value
    of an image is the mean of its two directions.

    Args:
        temperature: Positive float that divides the similarities. Defaults
            to 0.1.

    Call arguments:
        y_true, y_pred: Projections `(batch, units)` of the two views; the
            loss is symmetric.

    Returns:
        With `reduction=None`, float32 `(batch,)`.

    Raises:
        ValueError: As `NTXent`.

    Example:

    >>> loss = keras_contrastive.losses.DCL(temperature=0.1)
    >>> model = keras_contrastive.SimCLR(encoder, views, loss=loss)

    Reference: Yeh et al., 2021, https://arxiv.org/abs/2110.06848.
    """

    def __init__(self, temperature=0.1, name="dcl", **kwargs):
        super().__init__(temperature, name=name, **kwargs)

    def one_direction(self, anchors, same_view, other_view):
        own = same_image(anchors, same_view)
        keys = ops.concatenate([other_view, same_view], axis=0)
        logits = ops.matmul(anchors, ops.transpose(keys)) / self.temperature
        positive = positive_of(logits[:, : ops.shape(other_view)[0]], own)
        own = ops.concatenate([own, own], axis=1)
        negatives = ops.where(own, ops.cast(MASKED, logits.dtype), logits)
        return ops.logsumexp(negatives, axis=1) - positive

    def scores(self, y_true, y_pred):
        scores = super().scores(y_true, y_pred)
        logits = scores.negatives / self.temperature
        return dataclasses.replace(
            scores,
            pull=ops.ones_like(scores.positives) / self.temperature,
            push=ops.softmax(logits, axis=1) / self.temperature,
        )

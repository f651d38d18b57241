import keras
from keras import ops

from keras_contrastive._export import export
from keras_contrastive.losses._pairs import MASKED, check_pair, same_image
from keras_contrastive.losses._temperature import check_temperature
from keras_contrastive.ops import gather, l2_normalize


@export
class SupCon(keras.losses.Loss):
    """Supervised contrastive loss: all views of a class are positives.

    NT-Xent with, for each anchor, the mean over its positives outside the
    logarithm (`L_out` of the paper, its better form). All positives stand in
    the denominator. With labels that are all different it is NT-Xent. Other
    than the authors' code it is not multiplied by temperature / 0.07.

    Args:
        temperature: Positive float that divides the similarities. Defaults
            to 0.1.

    Call arguments:
        y_true: Labels, integers `(batch,)` or `(batch, 1)`.
        y_pred: Pair of projections `(batch, units)`, one a view.

    Returns:
        With `reduction=None`, float32 `(batch,)`, the mean of the two views
        of an image.

    Raises:
        ValueError: For a temperature that is not positive, labels that are
            not one integer an image, or projections that are not two equal
            matrices.

    Example:

    >>> loss = keras_contrastive.losses.SupCon(temperature=0.1)
    >>> float(loss(labels, (projections_1, projections_2)))

    Reference: Khosla et al., 2020, https://arxiv.org/abs/2004.11362,
        equation 2.
    """

    def __init__(self, temperature=0.1, name="sup_con", **kwargs):
        super().__init__(name=name, **kwargs)
        self.temperature = check_temperature(temperature)

    def call(self, y_true, y_pred):
        z1, z2 = map(l2_normalize, y_pred)
        check_pair(z1, z2)
        labels = check_labels(y_true, z1)
        keys = ops.concatenate([gather(z1), gather(z2)], axis=0)
        same = labels[:, None] == gather(labels)[None]
        same = ops.concatenate([same, same], axis=1)
        own = same_image(z1, gather(z1))
        other = ops.zeros_like(own)
        first = ops.concatenate([own, other], axis=1)
        second = ops.concatenate([other, own], axis=1)
        return (
            self.one_view(z1, keys, same, first)
            + self.one_view(z2, keys, same, second)
        ) / 2

    def one_view(self, anchors, keys, same, itself):
        logits = ops.matmul(anchors, ops.transpose(keys)) / self.temperature
        masked = ops.where(itself, ops.cast(MASKED, logits.dtype), logits)
        log_share = logits - ops.logsumexp(masked, axis=1, keepdims=True)
        positive = ops.logical_and(same, ops.logical_not(itself))
        total = ops.sum(ops.where(positive, log_share, 0.0), axis=1)
        count = ops.sum(ops.cast(positive, logits.dtype), axis=1)
        return -total / count

    def get_config(self):
        return {**super().get_config(), "temperature": self.temperature}


def check_labels(labels, projections):
    shape = tuple(labels.shape)
    if len(shape) == 2 and shape[1] == 1:
        labels = labels[:, 0]
    elif len(shape) != 1:
        raise ValueError(
            "`y_true` must be one integer label an image, (batch,). For "
            "one-hot labels take `keras.ops.argmax(labels, axis=1)`. "
            f"Received: shape {shape}"
        )
    return labels

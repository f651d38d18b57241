import keras
from keras import ops

from keras_contrastive._export import export
from keras_contrastive.losses._pairs import (
    check_pair,
    positive_of,
    same_image,
    without_own,
)
from keras_contrastive.losses._scores import softmax_scores
from keras_contrastive.losses._temperature import check_temperature
from keras_contrastive.ops import gather, global_rows, l2_normalize


@export
class InfoNCE(keras.losses.Loss):
    """Picks the positive key of each anchor among all keys of the batch.

    One direction, negatives from the other view alone: the anchor `i` has the
    keys of all other images as its `N - 1` negatives. For the symmetric loss
    add the call with the arguments exchanged. Embeddings are normalised here,
    in float32; under `tf.distribute` keys come from all replicas.

    Args:
        temperature: Positive float that divides the similarities. Defaults
            to 0.1.

    Call arguments:
        y_true: Positive keys `(batch, units)`.
        y_pred: Anchors `(batch, units)`, row by row with the keys.

    Returns:
        With `reduction=None`, float32 `(batch,)`.

    Raises:
        ValueError: As `NTXent`.

    Example:

    >>> loss = keras_contrastive.losses.InfoNCE(temperature=0.1)
    >>> float(loss(keys, anchors))

    Reference: van den Oord et al., 2018, https://arxiv.org/abs/1807.03748,
        equation 4, with the similarity of normalised vectors.
    """

    def __init__(self, temperature=0.1, name="info_nce", **kwargs):
        super().__init__(name=name, **kwargs)
        self.temperature = check_temperature(temperature)

    def call(self, y_true, y_pred):
        keys, anchors = l2_normalize(y_true), l2_normalize(y_pred)
        check_pair(keys, anchors)
        keys = gather(keys)
        logits = ops.matmul(anchors, ops.transpose(keys)) / self.temperature
        own = same_image(anchors, keys)
        return ops.logsumexp(logits, axis=1) - positive_of(logits, own)

    def scores(self, y_true, y_pred):
        """`Scores` of this direction, for `callbacks.ScoreRecorder`."""
        keys, anchors = l2_normalize(y_true), l2_normalize(y_pred)
        own = global_rows(ops.shape(keys)[0])
        cosines = ops.matmul(anchors, ops.transpose(gather(keys)))
        positives = ops.take_along_axis(cosines, own[:, None], axis=1)[:, 0]
        negatives = without_own(cosines, own)
        return softmax_scores(positives, negatives, self.temperature)

    def get_config(self):
        return {**super().get_config(), "temperature": self.temperature}

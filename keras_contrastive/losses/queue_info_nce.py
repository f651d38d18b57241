import keras
from keras import ops

from keras_contrastive._export import export
from keras_contrastive.losses._pairs import check_pair
from keras_contrastive.losses._scores import softmax_loss, softmax_scores
from keras_contrastive.losses._temperature import check_temperature
from keras_contrastive.ops import l2_normalize, wide_float


@export
class QueueInfoNCE(keras.losses.Loss):
    """Picks the key of each query among the negatives of a queue.

    The other images of the batch are no negatives. Computed in float32.

    Args:
        temperature: Positive float that divides the similarities. Defaults
            to 0.07, as in MoCo v1; MoCo v2 uses 0.2.
        normalize: Boolean, whether queries, keys and negatives are normalised
            here. Defaults to True. Transformed features
            (`keras_contrastive.layers.PositiveExtrapolation`) are taken as
            they are.

    Call arguments:
        y_true: Pair of keys `(batch, units)` and negatives `(queue, units)`.
        y_pred: Queries `(batch, units)`, row by row with the keys.

    Returns:
        With `reduction=None`, float32 `(batch,)`.

    Raises:
        ValueError: For a temperature that is not positive, or queries and
            keys that are not two equal matrices.

    Example:

    >>> loss = keras_contrastive.losses.QueueInfoNCE(temperature=0.2)
    >>> float(loss((keys, negatives), queries))

    Reference: He et al., 2019, https://arxiv.org/abs/1911.05722, equation 1.
    """

    def __init__(
        self, temperature=0.07, normalize=True, name="info_nce", **kwargs
    ):
        super().__init__(name=name, **kwargs)
        self.temperature = check_temperature(temperature)
        self.normalize = normalize

    def call(self, y_true, y_pred):
        return softmax_loss(*self.compare(y_true, y_pred), self.temperature)

    def compare(self, y_true, y_pred):
        prepare = l2_normalize if self.normalize else wide_float
        keys, negatives, queries = map(prepare, (*y_true, y_pred))
        check_pair(keys, queries)
        return (
            ops.sum(queries * keys, axis=1),
            ops.matmul(queries, ops.transpose(negatives)),
        )

    def scores(self, y_true, y_pred):
        """`Scores` of the queries, for `callbacks.ScoreRecorder`."""
        return softmax_scores(*self.compare(y_true, y_pred), self.temperature)

    def get_config(self):
        return {
            **super().get_config(),
            "temperature": self.temperature,
            "normalize": self.normalize,
        }

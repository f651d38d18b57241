import keras
from keras import ops

from keras_contrastive._export import export
from keras_contrastive.losses._pairs import check_pair
from keras_contrastive.losses._scores import Scores
from keras_contrastive.ops import l2_normalize, wide_float


@export
class CosineRegression(keras.losses.Loss):
    """Squared distance between unit vectors, `2 - 2 cosine`, in 0..4.

    The loss of one direction of BYOL. It says nothing of gradients: pass
    targets behind a stop-gradient.

    Args:
        normalize: Boolean, whether targets and predictions are normalised
            here. Defaults to True. Transformed features
            (`keras_contrastive.layers.PositiveExtrapolation`) are taken as
            they are; the loss is then `2 - 2` times their scalar product.

    Call arguments:
        y_true: Targets `(batch, units)`.
        y_pred: Predictions `(batch, units)`.

    Returns:
        With `reduction=None`, float32 `(batch,)`.

    Raises:
        ValueError: For arguments that are not two equal matrices.

    Example:

    >>> loss = keras_contrastive.losses.CosineRegression()
    >>> float(loss(targets, predictions))

    Reference: Grill et al., 2020, https://arxiv.org/abs/2006.07733, equation
        2.
    """

    def __init__(self, normalize=True, name="cosine_regression", **kwargs):
        super().__init__(name=name, **kwargs)
        self.normalize = normalize

    def call(self, y_true, y_pred):
        return 2 - 2 * self.compare(y_true, y_pred)

    def compare(self, y_true, y_pred):
        prepare = l2_normalize if self.normalize else wide_float
        targets, predictions = prepare(y_true), prepare(y_pred)
        check_pair(targets, predictions)
        return ops.sum(targets * predictions, axis=1)

    def scores(self, y_true, y_pred):
        """`Scores` of the predictions, for `callbacks.ScoreRecorder`."""
        cosines = self.compare(y_true, y_pred)
        return Scores(cosines, pull=2 * ops.ones_like(cosines))

    def get_config(self):
        return {**super().get_config(), "normalize": self.normalize}

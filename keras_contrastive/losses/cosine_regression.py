import keras
from keras import ops

from keras_contrastive.export import export
from keras_contrastive.losses.pairs import check_pair
from keras_contrastive.ops import l2_normalize


@export
class CosineRegression(keras.losses.Loss):
    """Squared distance between unit vectors, `2 - 2 cosine`, in 0..4.

    The loss of one direction of BYOL. It says nothing of gradients: pass
    targets behind a stop-gradient.

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

    def __init__(self, name="cosine_regression", **kwargs):
        super().__init__(name=name, **kwargs)

    def call(self, y_true, y_pred):
        targets, predictions = l2_normalize(y_true), l2_normalize(y_pred)
        check_pair(targets, predictions)
        return 2 - 2 * ops.sum(targets * predictions, axis=1)

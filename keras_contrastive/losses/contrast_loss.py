from typing import Any

import keras

from keras_contrastive._config import Configured
from keras_contrastive.contrasts._in_batch import check_batch, check_pair
from keras_contrastive.contrasts.contrast import Contrast
from keras_contrastive.losses._softmax import SOFTMAX
from keras_contrastive.losses.pair_loss import PairLoss

NAMES = "`y_true` and `y_pred`"


class ContrastLoss(Configured, keras.losses.Loss):
    """A Keras loss of embeddings that are compared with each other.

    Abstract: implement `contrasts`, and set `pair_loss` if it is not the
    softmax. The value of an image is the mean over the contrasts.

    Example:

    >>> class TwoWays(kc.losses.ContrastLoss):
    ...     def contrasts(self, y_true, y_pred):
    ...         first = kc.contrasts.in_batch(y_pred, y_true, temperature=0.1)
    ...         second = kc.contrasts.in_batch(y_true, y_pred, temperature=0.1)
    ...         return [first, second]
    """

    pair_loss: PairLoss = SOFTMAX

    def contrasts(self, y_true: Any, y_pred: Any) -> list[Contrast]:
        """How the two batches of embeddings are compared."""
        raise NotImplementedError(
            f"`{type(self).__name__}` must implement "
            "`contrasts(y_true, y_pred)`"
        )

    def check(self, y_true: Any, y_pred: Any) -> None:
        """Raises `ValueError` for embeddings that cannot be compared."""
        check_pair(y_true, y_pred, NAMES)
        check_batch(y_true, NAMES)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        self.check(y_true, y_pred)
        contrasts = self.contrasts(y_true, y_pred)
        return self.pair_loss.total(contrasts) / len(contrasts)

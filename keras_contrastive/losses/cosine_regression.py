from typing import Any

from keras_contrastive._export import export
from keras_contrastive.contrasts import Contrast, pairs
from keras_contrastive.losses._cosine import REGRESSION
from keras_contrastive.losses.contrast_loss import ContrastLoss


@export
class CosineRegression(ContrastLoss):
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

    pair_loss = REGRESSION

    def __init__(
        self, *, name: str = "cosine_regression", **kwargs: Any
    ) -> None:
        super().__init__(name=name, **kwargs)

    def contrasts(self, y_true: Any, y_pred: Any) -> list[Contrast]:
        return [pairs(y_pred, y_true)]

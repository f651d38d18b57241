from typing import Any

from keras_contrastive._check_temperature import check_temperature
from keras_contrastive._export import export
from keras_contrastive.contrasts import Contrast, both_directions
from keras_contrastive.losses._dcl_loss import DECOUPLED
from keras_contrastive.losses.contrast_loss import ContrastLoss


@export
class DCL(ContrastLoss):
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

    pair_loss = DECOUPLED

    def __init__(
        self, temperature: float = 0.1, *, name: str = "dcl", **kwargs: Any
    ) -> None:
        super().__init__(name=name, **kwargs)
        self.temperature = check_temperature(temperature)

    def contrasts(self, y_true: Any, y_pred: Any) -> list[Contrast]:
        return both_directions(y_true, y_pred, temperature=self.temperature)

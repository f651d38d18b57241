from typing import Any

from keras_contrastive._check_temperature import check_temperature
from keras_contrastive._export import export
from keras_contrastive.contrasts import Contrast, in_batch
from keras_contrastive.losses.contrast_loss import ContrastLoss


@export
class InfoNCE(ContrastLoss):
    """Picks the positive key of each anchor among all keys of the batch.

    One direction, negatives from the other view alone: the anchor `i` has the
    keys of all other images as its `N - 1` negatives. For the symmetric loss
    add the call with the arguments exchanged, as `SimCLR` does with it.
    Embeddings are normalized here, in float32; under `tf.distribute` keys come
    from all replicas.

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
        equation 4, with the similarity of normalized vectors.
    """

    def __init__(
        self, temperature: float = 0.1, *, name: str = "info_nce", **kwargs: Any
    ) -> None:
        super().__init__(name=name, **kwargs)
        self.temperature = check_temperature(temperature)

    def contrasts(self, y_true: Any, y_pred: Any) -> list[Contrast]:
        return [in_batch(y_pred, y_true, temperature=self.temperature)]

import functools
from typing import Any

from keras_contrastive._check_temperature import check_temperature
from keras_contrastive._export import export
from keras_contrastive.contrasts import Contrast, both_directions
from keras_contrastive.contrasts._row_blocks import in_row_blocks
from keras_contrastive.losses._mio_loss import mio_loss, mio_slopes, mio_terms
from keras_contrastive.losses.contrast_loss import ContrastLoss
from keras_contrastive.losses.pair_loss import PairLoss


@export
class MIOLoss(ContrastLoss):
    """Contrast as binary classification: is this pair one image or two?

    Cross entropy of the logits `cosine / temperature`, with the mean over
    positive pairs and the mean over negative pairs added, so that both weigh
    the same however many negatives there are; plus a regularizer that pulls
    the views of an image together. As in the authors' code, which belongs to
    the first version of the paper: negatives are all pairs of different
    images, in the same view and across views.

    Terms, with `softplus(x) = log(1 + exp x)` and unit vectors `z`:

    * positive: mean of `softplus(-s / positive_temperature)`;
    * negative: mean of `softplus(s / negative_temperature)`;
    * regularizer: mean, over images and features, of `(z1 - z2)^2`.

    Args:
        positive_temperature: Positive float. Defaults to 0.5.
        negative_temperature: Positive float, or None for the same.
        regularizer_weight: Float. Defaults to 1, as in the authors' class and
            notebook; their training script sets 0.
        balance: Boolean. False pools all pairs in one mean, in which the
            positives all but vanish: an early variant of the authors, not the
            method.
        positive_repulsion: Boolean. False leaves only `-s /
            positive_temperature` of the positive term, without the part that
            pushes positives apart: our reading of a sentence in the third
            version's abstract, not that version's loss, which we could not
            check.

    Call arguments:
        y_true, y_pred: Projections `(batch, units)` of the two views.

    Returns:
        With `reduction=None`, float32 `(batch,)`.

    Raises:
        ValueError: For temperatures that are not positive, projections that
            are not two equal matrices, or a batch of one.

    Example:

    >>> loss = keras_contrastive.losses.MIOLoss()
    >>> float(loss(projections_1, projections_2))

    Reference: Manna et al., 2021, https://arxiv.org/abs/2111.12664v1, and the
        release https://github.com/miossl/miossl.
    """

    def __init__(
        self,
        positive_temperature: float = 0.5,
        negative_temperature: float | None = None,
        *,
        regularizer_weight: float = 1.0,
        balance: bool = True,
        positive_repulsion: bool = True,
        name: str = "mio",
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        if negative_temperature is None:
            negative_temperature = positive_temperature
        self.positive_temperature = check_temperature(
            positive_temperature, "positive_temperature"
        )
        self.negative_temperature = check_temperature(
            negative_temperature, "negative_temperature"
        )
        self.regularizer_weight = regularizer_weight
        self.balance, self.positive_repulsion = balance, positive_repulsion
        self.of_contrast = functools.partial(
            mio_terms, balance=balance, positive_repulsion=positive_repulsion
        )
        self.pair_loss = PairLoss(
            functools.partial(
                mio_loss,
                regularizer_weight=regularizer_weight,
                balance=balance,
                positive_repulsion=positive_repulsion,
            ),
            functools.partial(
                mio_slopes,
                balance=balance,
                positive_repulsion=positive_repulsion,
            ),
        )

    def contrasts(self, y_true: Any, y_pred: Any) -> list[Contrast]:
        return both_directions(
            y_true,
            y_pred,
            temperature=self.positive_temperature,
            negative_temperature=self.negative_temperature,
        )

    def terms(self, y_true: Any, y_pred: Any) -> dict[str, Any]:
        """The three terms, each `(batch,)`; the regularizer has no weight."""
        return self.terms_of(self.contrasts(y_true, y_pred))

    def terms_of(self, contrasts: list[Contrast]) -> dict[str, Any]:
        """The same of what `contrasts` returned."""
        first, second = (
            in_row_blocks(self.of_contrast, contrast) for contrast in contrasts
        )
        return {name: (first[name] + second[name]) / 2 for name in first}

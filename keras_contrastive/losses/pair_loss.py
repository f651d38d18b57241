import dataclasses
from collections.abc import Callable
from typing import Any

from keras import ops

from keras_contrastive._checked import check_fields, checked
from keras_contrastive.contrasts.contrast import Contrast
from keras_contrastive.losses._row_blocks import in_row_blocks
from keras_contrastive.ops._mean import mean


@dataclasses.dataclass(frozen=True)
class PairLoss:
    """A loss of contrasts, and its derivative by their similarities.

    Of more than 2^24 similarities it computes a block of queries at a time,
    in the backward pass once more, so that memory grows with the number of
    candidates alone.

    Args:
        values: Function of a `Contrast`, to the loss of each query, which
            depends on its own row alone.
        slopes: Function of a `Contrast`, its positives and its negatives (as
            `Contrast.scores` returns them), to the pair of `(queries,)`, how
            far the loss of a query falls with its positive, and `(queries,
            number)`, how far it rises with each negative.
        has_negatives: Boolean, whether it compares with negatives.

    Example:

    >>> loss = kc.losses.PairLoss(softmax_loss, softmax_slopes)
    >>> loss(contrast).shape
    (256,)
    """

    values: Callable[[Contrast], Any]
    slopes: Callable[[Contrast, Any, Any], tuple[Any, Any]]
    has_negatives: bool = True

    def __post_init__(self) -> None:
        check_fields(self)

    @checked
    def __call__(self, contrast: Contrast) -> Any:
        """Loss of each image, the mean over its queries, `(images,)`."""
        values = in_row_blocks(self.values, contrast)
        if contrast.per_image == 1:
            return values
        return mean(ops.reshape(values, (-1, contrast.per_image)), axis=1)

    def scaled(self, factor: float) -> "PairLoss":
        """The loss and its derivative times a factor."""

        def values(contrast):
            return factor * self.values(contrast)

        def slopes(*scores):
            pull, push = self.slopes(*scores)
            return factor * pull, None if push is None else factor * push

        return PairLoss(values, slopes, self.has_negatives)

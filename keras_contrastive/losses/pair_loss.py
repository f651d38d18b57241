import dataclasses
from collections.abc import Callable
from typing import Any

from keras import ops

from keras_contrastive._checked import check_fields, checked
from keras_contrastive.contrasts import Contrast
from keras_contrastive.contrasts._in_batch import BothDirections
from keras_contrastive.contrasts._row_blocks import by_size, in_row_blocks
from keras_contrastive.ops._mean import mean
from keras_contrastive.ops._replicas import replica_context


@dataclasses.dataclass(frozen=True)
class PairLoss:
    """A loss of contrasts, and its derivative by their similarities.

    Of more than 2^24 similarities, 2^27 with a queue or a bank, it computes a
    block of queries at a time, in the backward pass once more, so that memory
    grows with the number of candidates alone.

    Args:
        values: Function of a `Contrast`, to the loss of each query, which
            depends on its own row alone.
        slopes: Function of a `Contrast`, its positives and its negatives (as
            `Contrast.scores` returns them), to the pair of `(queries,)`, how
            far the loss of a query falls with its positive, and `(queries,
            number)`, how far it rises with each negative.
        has_negatives: Boolean, whether it compares with negatives.
        mirrored: Function of what `contrasts.both_directions` returns, and of
            the queries of a block, to the sum of both losses, `(images,)`, for
            a loss with a shorter way to it; or None.

    Example:

    >>> loss = kc.losses.PairLoss(softmax_loss, softmax_slopes)
    >>> loss(contrast).shape
    (256,)
    """

    values: Callable[[Contrast], Any]
    slopes: Callable[[Contrast, Any, Any], tuple[Any, Any]]
    has_negatives: bool = True
    mirrored: Callable[[BothDirections, Any], Any] | None = None

    def __post_init__(self) -> None:
        check_fields(self)

    @checked
    def __call__(self, contrast: Contrast) -> Any:
        """Loss of each image, the mean over its queries, `(images,)`."""
        values = in_row_blocks(self.values, contrast)
        if contrast.per_image == 1:
            return values
        return mean(ops.reshape(values, (-1, contrast.per_image)), axis=1)

    def total(self, contrasts: list[Contrast]) -> Any:
        """Sum of the losses of several contrasts, `(images,)`."""
        mirrored = self.mirrored
        if (
            mirrored is not None
            and isinstance(contrasts, BothDirections)
            and replica_context() is None
        ):
            both = contrasts
            return by_size(
                both[0],
                lambda: sum(map(self.values, both)),
                lambda size: mirrored(both, size),
                times=4,  # it is faster as well
            )
        return sum(map(self, contrasts))

    def scaled(self, factor: float) -> "PairLoss":
        """The loss and its derivative times a factor."""

        def values(contrast):
            return factor * self.values(contrast)

        def slopes(*scores):
            pull, push = self.slopes(*scores)
            return factor * pull, None if push is None else factor * push

        return PairLoss(values, slopes, self.has_negatives)

from typing import Any

from keras import ops

from keras_contrastive._export import export
from keras_contrastive.layers._feature_transformation import (
    FeatureTransformation,
)
from keras_contrastive.ops._shuffle import random_order

# The order is drawn apart from the numbers.
ORDER_STREAM = 0x5BE0CD19


@export
class NegativeInterpolation(FeatureTransformation):
    """Mixes each negative with another: smoother ones, in the same place.

        n' = mu n + (1 - mu) n[order],    mu from Beta(alpha, alpha),

    with a random order of all negatives at every step. The mixed ones stand
    in place of the originals; what holds those is not touched. With one `mu`
    for all, the mean score of a query stays what it was, and its variance
    falls to about `mu^2 + (1 - mu)^2` of what it was, on average to 0.62 at
    the default `alpha`.

    Args:
        alpha: Float in 0.1..100. Defaults to 1.6.
        per_dimension: Boolean, a `mu` for every number instead of one a step.
            Defaults to False, as in the authors' commands.
        start_epoch: Integer, the first epoch, counted from 0, that mixes.
            Defaults to 0.
        seed: Integer seed in [0, 2^31), or None to draw one.

    Call arguments:
        negatives: `(count, units)`, the same on all replicas, such as a
            queue; or `(batch, count, units)`, those of each query. Scores
            `(..., count, 1)` can take their place.
        training: Boolean; without training they stay as they are.

    Returns:
        float32 tensor of the same shape. With one `mu` for all, rows are of
        at most unit length if they were.

    Raises:
        ValueError: For an `alpha` or a seed out of range, or an epoch below 0.

    Example:

    >>> interpolate = keras_contrastive.layers.NegativeInterpolation()
    >>> negatives = interpolate(queue(keys, training=True), training=True)

    Reference: Zhu et al., 2021, https://arxiv.org/abs/2108.02982, as in the
        authors' code.
    """

    stream = 0x3C6EF372

    def __init__(
        self,
        alpha: float = 1.6,
        *,
        per_dimension: bool = False,
        start_epoch: int = 0,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(alpha, per_dimension, start_epoch, seed, **kwargs)

    def call(self, negatives: Any, training: bool = False) -> Any:
        if not training:
            return negatives
        return self.mix(negatives, self.advance(training))

    def mix(self, negatives: Any, draw: Any) -> Any:
        """Negatives mixed by the draw of a number, see `advance`; pure."""
        count, units = ops.shape(negatives)[-2], negatives.shape[-1]
        return self.interpolate(negatives, *self.mixture(draw, count, units))

    def mixture(self, draw: Any, count: Any, units: int = 1) -> tuple[Any, Any]:
        """Order of the negatives, and what stays of each."""
        rows = ops.arange(count, dtype="int32")
        drawn, is_on = self.weights_of(draw, rows, units)
        order = random_order(self.seed ^ ORDER_STREAM, draw[0], count)
        return order, ops.where(is_on, drawn, 1)

    @staticmethod
    def interpolate(negatives: Any, order: Any, mu: Any) -> Any:
        """Negatives mixed with those in a given order; `mu` broadcasts."""
        mu = ops.cast(mu, negatives.dtype)
        return mu * negatives + (1 - mu) * ops.take(negatives, order, axis=-2)

    def compute_output_spec(self, negatives, training=False):
        return negatives

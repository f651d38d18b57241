from typing import Any

from keras import ops

from keras_contrastive._export import export
from keras_contrastive.layers._feature_transformation import (
    FeatureTransformation,
)
from keras_contrastive.ops import global_rows, l2_normalize


@export
class PositiveExtrapolation(FeatureTransformation):
    """Moves query and key apart, so that positives stay hard.

    Both go outwards along the line that joins them,

        q' = lam q + (1 - lam) k,    k' = lam k + (1 - lam) q,

    with `lam = 1 + Beta(alpha, alpha)`, between 1 and 2. Of unit vectors with
    cosine `s` the new score is `s + 2 lam (1 - lam) (1 - s)`, never above `s`
    and down to -9: it is no cosine, and the loss must not normalize. The
    gradient reaches the query through both; a key behind a stop-gradient
    stays behind it.

    Args:
        alpha: Float in 0.1..100. Defaults to 2.0.
        per_dimension: Boolean, a `lam` for every number instead of one a
            step. Defaults to False, as in the authors' commands.
        start_epoch: Integer, the first epoch, counted from 0, that mixes.
            Defaults to 0.
        normalize: Boolean, whether the results go back to unit length.
            Defaults to False, as released.
        seed: Integer seed in [0, 2^31), or None to draw one.

    Call arguments:
        queries, keys: `(batch, units)`, of unit length.
        training: Boolean; without training they stay as they are.

    Returns:
        Pair of float32 tensors `(batch, units)`.

    Raises:
        ValueError: For an `alpha` or a seed out of range, or an epoch below 0.

    Example:

    >>> extrapolate = keras_contrastive.layers.PositiveExtrapolation()
    >>> queries, keys = extrapolate(queries, keys, training=True)

    Reference: Zhu et al., 2021, https://arxiv.org/abs/2108.02982, as in the
        authors' code.
    """

    stream = 0x1F83D9AB

    def __init__(
        self,
        alpha: float = 2.0,
        *,
        per_dimension: bool = False,
        start_epoch: int = 0,
        normalize: bool = False,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(alpha, per_dimension, start_epoch, seed, **kwargs)
        self.normalize = normalize

    def call(
        self, queries: Any, keys: Any, training: bool = False
    ) -> tuple[Any, Any]:
        if not training:
            return queries, keys
        drawn = self.draw_for(queries, self.advance(training))
        return self.move(queries, keys, *drawn)

    def draw_for(self, queries: Any, draw: Any) -> tuple[Any, Any]:
        """What is drawn, `lam - 1`, and a boolean, whether anything moves.

        Args:
            queries: `(batch, units)`, what is moved.
            draw: int32 tensor `(1,)`, number of the draw, see `advance`.
        """
        rows = global_rows(ops.shape(queries)[0])
        return self.weights_of(draw, rows, queries.shape[-1])

    def move(
        self, queries: Any, keys: Any, drawn: Any, is_on: Any
    ) -> tuple[Any, Any]:
        """The pair moved by what was drawn; pure."""
        drawn = ops.cast(drawn, queries.dtype)
        moved = self.extrapolate(queries, keys, ops.where(is_on, 1 + drawn, 1))
        if not self.normalize:
            return moved
        return tuple(
            ops.where(is_on, l2_normalize(new), old)
            for new, old in zip(moved, (queries, keys), strict=True)
        )

    @staticmethod
    def extrapolate(queries: Any, keys: Any, lam: Any) -> tuple[Any, Any]:
        """The pair moved by a given `lam`, a number or one that broadcasts."""
        return (
            lam * queries + (1 - lam) * keys,
            lam * keys + (1 - lam) * queries,
        )

    def compute_output_spec(self, queries, keys, training=False):
        return queries, keys

"""Statistics of a step, of contrasts of any size."""

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from keras_contrastive.contrasts._row_blocks import by_size, in_blocks_of
from keras_contrastive.contrasts._statistics import (
    SAMPLE,
    described,
    row_statistics,
    score_statistics,
)
from keras_contrastive.contrasts.contrast import Contrast, original_columns
from keras_contrastive.contrasts.scores import read_scores


def contrast_statistics(
    contrasts: list[Contrast], slopes: Callable
) -> dict[str, Any]:
    """`score_statistics` of contrasts, in blocks of queries where they are
    large.

    In blocks, quantiles and histograms are those of other negatives.

    Args:
        contrasts: Contrasts of one loss, of one size.
        slopes: Its derivative, as in `losses.PairLoss`.
    """

    def of_queries(contrast):
        positives, negatives = contrast.scores()
        pull, push = slopes(contrast, positives, negatives)
        return row_statistics(
            positives,
            negatives,
            pull,
            push,
            contrast.temperature,
            contrast.negative_temperature,
            contrast.raw_positives,
        )

    def in_blocks(size):
        rows = [in_blocks_of(size, of_queries, c) for c in contrasts]
        sampled = [sampled_negatives(c, SAMPLE // len(rows)) for c in contrasts]
        together = keras.tree.map_structure(
            lambda *parts: ops.concatenate(parts, axis=0), *rows
        )
        return described(together, ops.concatenate(sampled, axis=0))

    return by_size(
        contrasts[0],
        lambda: score_statistics(read_scores(contrasts, slopes)),
        in_blocks,
    )


def sampled_negatives(contrast: Contrast, count: int) -> Any:
    """Scores of some negatives, spread over queries and candidates.

    Args:
        contrast: `Contrast` with candidates for all queries.
        count: Integer, how many.

    Returns:
        Tensor `(count,)`.
    """
    queries = ops.shape(contrast.queries)[0]
    number = ops.shape(contrast.candidates)[0] - len(contrast.no_negatives)
    if contrast.mixing is not None:
        number -= len(contrast.left_out)
    places = ops.arange(count, dtype="int32")
    rows = places * queries // count
    # By the golden section: neighbors are far apart, and none is missed.
    columns = ops.cast(0.618034 * ops.cast(places, "float32") % 1, "float32")
    columns = ops.cast(columns * ops.cast(number, "float32"), "int32")
    columns = ops.minimum(columns, number - 1)

    def scores(columns, gaps):
        gaps = tuple(ops.take(gap, rows) for gap in gaps)
        columns = original_columns(columns[:, None], gaps)[:, 0]
        return ops.sum(
            ops.take(contrast.queries, rows, axis=0)
            * ops.take(contrast.candidates, columns, axis=0),
            axis=1,
        )

    mixing = contrast.mixing
    if mixing is None:
        return scores(columns, contrast.no_negatives)
    share = ops.cast(mixing.share, contrast.queries.dtype)[0, 0]
    own = scores(columns, contrast.left_out)
    other = scores(ops.take(mixing.order, columns), contrast.left_out)
    return share * own + (1 - share) * other

"""Contrasts with what is remembered: a queue, or rows of a memory bank."""

from typing import Any

from keras import ops

from keras_contrastive._check_tensor import check_tensor
from keras_contrastive._checked import checked
from keras_contrastive.contrasts._in_batch import unit_pair
from keras_contrastive.contrasts.contrast import Contrast, check_alike
from keras_contrastive.ops import l2_normalize


@checked
def among(
    queries: Any, keys: Any, negatives: Any, *, temperature: float = 1.0
) -> Contrast:
    """Each query with its key, among negatives that are kept elsewhere.

    The other images of the batch are no negatives.

    Args:
        queries: `(batch, units)`, of any length.
        keys: `(batch, units)`, row by row the positives of the queries.
        negatives: `(count, units)`, such as a queue, or `(batch, count,
            units)`, those of each query, of unit length.
        temperature: Positive float.

    Returns:
        `Contrast` of unit vectors.

    Raises:
        ValueError: For queries and keys that are not two equal matrices.

    Example:

    >>> contrast = kc.contrasts.among(queries, keys, queue(keys))

    Reference: He et al., 2019, https://arxiv.org/abs/1911.05722, equation 1.
    """
    check_tensor("negatives", negatives, 2, 3)
    queries, keys = unit_pair(queries=queries, keys=keys)
    # What is remembered is float32, also where all else is float64.
    keys = ops.cast(keys, queries.dtype)
    negatives = ops.cast(negatives, queries.dtype)
    units, rows = negatives.shape[-1:], negatives.shape[:-2]
    check_alike("negatives", (*units, *rows), "queries", queries.shape[::-1])
    return Contrast(queries, keys, negatives, temperature=temperature)


@checked
def in_memory(
    queries: Any, rows: Any, index: Any, *, temperature: float = 1.0
) -> Contrast:
    """Each query among all images of the data set, as they are remembered.

    Args:
        queries: `(batch, units)`, of any length.
        rows: `(images, units)`, all rows of the bank, of unit length.
        index: Integers `(batch,)`, the number of each image.
        temperature: Positive float.

    Returns:
        `Contrast` of unit vectors, whose keys are the images' own rows.

    Example:

    >>> contrast = kc.contrasts.in_memory(queries, bank.read(), index)

    Reference: Wu et al., 2018, https://arxiv.org/abs/1805.01978, equation 2.
    """
    check_tensor("queries", queries, 2)
    check_tensor("rows", rows, 2)
    check_tensor("index", index, 1)
    queries = l2_normalize(queries)
    rows = ops.cast(rows, queries.dtype)
    keys = ops.take(rows, index, axis=0)
    return Contrast(queries, keys, rows, index, temperature=temperature)

"""Losses of many queries, a block of them at a time."""

import dataclasses
from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from keras_contrastive.contrasts.contrast import Contrast
from keras_contrastive.ops._remat import remat
from keras_contrastive.ops._replicas import num_shares

# Similarities of a contrast that are held all at once, 64 MiB in float32.
DENSE = 2**24
# Those of a block, if they are more.
BLOCK = 2**22
# Fields of a contrast with a row for each query, beside `left_out`.
OF_QUERIES = ("queries", "keys", "own", "log_noise", "raw_positives")


def in_row_blocks(
    values: Callable[..., Any], contrast: Contrast, *further: Any
) -> Any:
    """`values(contrast, *further)`, in less memory where that is large.

    Beyond `DENSE` similarities only those of a block of queries are held. The
    backward pass computes them again, which is one product more.

    Args:
        values: Function of a contrast and of `further`, row by row.
        contrast: `Contrast`.
        *further: Tensors `(queries, ...)`.

    Returns:
        What `values` returns: a tensor `(queries,)` or a structure of them.
    """
    count = queries_of_block(contrast)
    if count is None:
        return values(contrast, *further)
    names = [n for n in OF_QUERIES if getattr(contrast, n) is not None]
    gaps = len(contrast.left_out)
    rows = [
        *(getattr(contrast, name) for name in names),
        *contrast.left_out,
        *further,
    ]

    @remat
    def of_block(candidates, *rows):
        given, others = rows[: len(names)], rows[len(names) :]
        part = dataclasses.replace(
            contrast,
            candidates=candidates,
            left_out=tuple(others[:gaps]),
            **dict(zip(names, given, strict=True)),
        )
        return values(part, *others[gaps:])

    candidates = contrast.candidates
    number = contrast.queries.shape[0] // count
    blocks = [
        ops.reshape(row[: number * count], (number, count, *row.shape[1:]))
        for row in rows
    ]
    found = ops.map(lambda block: of_block(candidates, *block), blocks)
    found = keras.tree.map_structure(lambda x: ops.reshape(x, (-1,)), found)
    if number * count == contrast.queries.shape[0]:
        return found
    rest = of_block(candidates, *(row[number * count :] for row in rows))
    return keras.tree.map_structure(
        lambda *parts: ops.concatenate(parts, axis=0), found, rest
    )


def queries_of_block(contrast: Contrast) -> int | None:
    """How many queries make a block, None for all at once."""
    candidates = contrast.candidates
    if candidates is None or len(candidates.shape) != 2:
        return None
    queries, columns = contrast.queries.shape[0], candidates.shape[0]
    if None in (queries, columns) or queries * columns <= DENSE:
        return None
    # Devices of JAX share the queries, and would pass over blocks in turn.
    if keras.backend.backend() == "jax" and num_shares() > 1:
        return None
    return max(1, BLOCK // columns)

"""Values of many queries, a block of them at a time."""

import contextlib
import contextvars
import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import keras
from keras import ops

from keras_contrastive.contrasts.contrast import Contrast
from keras_contrastive.ops._remat import remat
from keras_contrastive.ops._replicas import num_shares

# Similarities of a contrast that are held all at once, 64 MiB in float32; and
# how many times as many of a queue or a bank.
DENSE, OF_MEMORY = 2**24, 8
# Those of a block, on each device, if they are more; and its queries at least,
# which take less memory than most candidates themselves.
BLOCK, LEAST = 2**22, 64
# Fields of a contrast with a row for each query, beside `left_out`.
OF_QUERIES = ("queries", "keys", "own", "log_noise", "raw_positives")
# Images of a batch at most, where steps are compiled for batches of any size.
MOST: contextvars.ContextVar[int | None] = contextvars.ContextVar(
    "MOST", default=None
)


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
        What `values` returns: a tensor `(queries, ...)` or a structure of
        them.
    """
    return by_size(
        contrast,
        lambda: values(contrast, *further),
        lambda size: in_blocks_of(size, values, contrast, *further),
    )


def in_blocks_of(
    size: Any, values: Callable[..., Any], contrast: Contrast, *further: Any
) -> Any:
    """The same in blocks of `size` queries, whatever its size."""
    names = [n for n in OF_QUERIES if getattr(contrast, n) is not None]
    gaps = len(contrast.left_out)

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

    candidates = on_every_device(contrast.candidates)
    rows = (
        *(getattr(contrast, name) for name in names),
        *contrast.left_out,
        *further,
    )
    return map_blocks(lambda *x: of_block(candidates, *x), rows, size)


@contextlib.contextmanager
def batches_of_at_most(images: int | None) -> Iterator[None]:
    """Has losses compiled for batches of any size know their largest."""
    token = MOST.set(images)
    try:
        yield
    finally:
        MOST.reset(token)


def by_size(
    contrast: Contrast,
    at_once: Callable[[], Any],
    in_blocks: Callable[[Any], Any],
    times: int = 1,
) -> Any:
    """`at_once()`, or `in_blocks(size)` of a contrast beyond `DENSE`.

    Args:
        contrast: `Contrast`.
        at_once: Function without arguments.
        in_blocks: Function of the queries of a block, which returns the same.
        times: Integer, by which similarities count more.
    """
    candidates = contrast.candidates
    if candidates is None or len(candidates.shape) != 2:
        return at_once()
    of_batch = contrast.no_negatives or contrast.mixing is not None
    limit = (DENSE if of_batch else OF_MEMORY * DENSE) // times
    queries, columns = contrast.queries.shape[0], candidates.shape[0]
    if None not in (queries, columns):
        if queries * columns <= limit:
            return at_once()
        return in_blocks(max(LEAST, BLOCK // columns))
    # Candidates of the batch are one or two views of all its images.
    most = (MOST.get() or 0) * contrast.per_image
    if (queries or most) * (columns or 2 * most) <= limit:
        return at_once()
    queries, columns = ops.shape(contrast.queries)[0], ops.shape(candidates)[0]
    product = ops.cast(queries, "float32") * ops.cast(columns, "float32")
    return ops.cond(
        product > limit,
        lambda: in_blocks(ops.maximum(LEAST, BLOCK // columns)),
        at_once,
    )


def map_blocks(function: Callable[..., Any], rows: tuple, size: Any) -> Any:
    """`function(*rows)`, a block of the rows at a time.

    Devices of JAX, which share the rows, take a block of theirs each.

    Args:
        function: Function of tensors with a row for each query.
        rows: Such tensors, `(queries, ...)`.
        size: Integer, or scalar tensor: rows of a block, on each device.

    Returns:
        Tensor `(queries, ...)` or a structure of them.
    """
    shares = num_shares() if keras.backend.backend() == "jax" else 1
    each = ops.shape(rows[0])[0] // shares
    if isinstance(size, int) and isinstance(each, int):
        size = min(size, each)
    else:
        size = ops.minimum(size, each)
    number = -(-each // size)
    blank = number * size - each

    def cut(x):
        rest = x.shape[1:]
        x = ops.reshape(x, (shares, each, *rest))
        x = ops.concatenate([x, x[:, :blank]], axis=1)
        x = ops.reshape(x, (shares, number, size, *rest))
        return ops.reshape(
            ops.swapaxes(x, 0, 1), (number, shares * size, *rest)
        )

    def joined(x):
        rest = x.shape[2:]
        x = ops.reshape(x, (number, shares, size, *rest))
        x = ops.reshape(ops.swapaxes(x, 0, 1), (shares, number * size, *rest))
        return ops.reshape(x[:, :each], (shares * each, *rest))

    found = ops.map(lambda block: function(*block), [cut(row) for row in rows])
    return keras.tree.map_structure(joined, found)


def on_every_device(x: Any) -> Any:
    """The tensor, whole on each device of JAX, for blocks of its rows."""
    if keras.backend.backend() != "jax" or num_shares() == 1:
        return x
    mesh = keras.distribution.distribution().device_mesh
    whole = keras.distribution.TensorLayout([None] * len(x.shape), mesh)
    return keras.distribution.distribute_tensor(x, whole)

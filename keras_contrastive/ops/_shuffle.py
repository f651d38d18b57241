"""A random order of the global batch, the same on every replica."""

from typing import Any

import keras
from keras import ops

from keras_contrastive.ops._random_bits import uniform_rows
from keras_contrastive.ops._replicas import gather, global_rows


def random_order(seed: int, step: Any, count: Any) -> Any:
    """Numbers `0 .. count - 1` in an order that depends on seed and step.

    Args:
        seed: Integer in [0, 2^31).
        step: Integer or int32 scalar tensor.
        count: Integer or scalar tensor.

    Returns:
        Integer tensor `(count,)`.

    Example:

    >>> sorted(random_order(seed=1, step=0, count=3))
    [0, 1, 2]
    """
    rows = ops.arange(count, dtype="int32")
    return ops.argsort(uniform_rows(seed, step, rows, 1)[:, 0])


def take_rows(x: Any, order: Any) -> Any:
    """Rows of the global batch in a given order, those of this replica.

    Args:
        x: Tensor `(local batch, ...)`.
        order: Integer tensor `(global batch,)`.

    Returns:
        Tensor like `x`.

    Example:

    >>> shuffled = take_rows(images, order)
    >>> images = take_rows(shuffled, ops.argsort(order))
    """
    own = ops.take(order, global_rows(ops.shape(x)[0]), axis=0)
    return shared_out(ops.take(gather(x), own, axis=0))


def shared_out(x: Any) -> Any:
    """Rows on the devices of a `keras.distribution`, as those of a batch are.

    XLA leaves rows that were taken by number on every device, and with them
    all that is made of them: each would encode the whole batch.

    Example:

    >>> images = shared_out(ops.take(images, order, axis=0))
    """
    distribution = keras.distribution.distribution()
    if distribution is None:
        return x
    layout = distribution.get_data_layout(x.shape)
    return keras.distribution.distribute_tensor(x, layout)

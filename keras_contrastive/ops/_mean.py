from typing import Any

from keras import ops


def mean(x: Any, axis: int | tuple[int, ...], keepdims: bool = False) -> Any:
    """Mean over `axis` in the type of `x`.

    `keras.ops.mean` rounds float64 to float32 on JAX.
    """
    total = ops.sum(x, axis, keepdims)
    return total / ops.cast(ops.size(x) // ops.size(total), x.dtype)

from typing import Any

import keras
from keras import ops

from keras_contrastive._check_tensor import check_tensor


def wide_float(x: Any) -> Any:
    """Casts to float32, and leaves float64 as it is.

    Half precision holds neither long sums nor the large negative numbers that
    mask logits.

    Args:
        x: Tensor of any shape.

    Returns:
        Tensor of the same shape, float32 or float64.

    Example:

    >>> wide_float(np.ones(2, "float16")).dtype
    float32
    """
    check_tensor("x", x)
    x = ops.convert_to_tensor(x)
    if keras.backend.standardize_dtype(x.dtype) == "float64":
        return x
    return ops.cast(x, "float32")

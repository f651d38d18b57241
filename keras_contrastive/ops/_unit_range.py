from typing import Any

import keras
from keras import ops

from keras_contrastive._check_tensor import check_tensor
from keras_contrastive._checked import checked

FLOATS = ("float16", "bfloat16", "float32", "float64")


@checked
def unit_range(images: Any, *, dtype: str = "float32") -> Any:
    """Brings images to floats in 0..1.

    Integer images are divided by 255; floats are taken to be in 0..1 already.

    Args:
        images: Tensor of any shape, `uint8` in 0..255 or float in 0..1.
        dtype: Float type of the result.

    Returns:
        Float tensor of the same shape, values in 0..1.

    Example:

    >>> unit_range(np.array([0, 255], "uint8"))
    [0.0, 1.0]
    """
    check_tensor("images", images)
    if dtype not in FLOATS:
        raise ValueError(
            f"`dtype` must be one of {FLOATS}. Received: dtype={dtype!r}"
        )
    images = ops.convert_to_tensor(images)
    if "float" in keras.backend.standardize_dtype(images.dtype):
        return ops.cast(images, dtype)
    return ops.cast(images, dtype) / 255

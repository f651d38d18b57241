from collections.abc import Callable
from typing import Any

import keras


def remat(function: Callable[..., Any]) -> Callable[..., Any]:
    """`keras.remat`, also of a function of whole numbers.

    TensorFlow would warn of them. What such a function sees beside its
    arguments gets no gradient there.

    Args:
        function: Function of tensors.
    """

    def call(*given):
        @keras.remat
        def respond(*floats):
            left = iter(floats)
            return function(*(next(left) if is_float(x) else x for x in given))

        return respond(*filter(is_float, given))

    return call


def is_float(tensor: Any) -> bool:
    return "float" in keras.backend.standardize_dtype(tensor.dtype)

from typing import Any

import numpy as np

from keras_contrastive._check_tensor import check_tensor
from keras_contrastive.metrics._unit import float64


def checked_rows(
    values: Any, argument: str, axes: tuple[str, ...] = ("samples", "units")
) -> np.ndarray:
    """A tensor of these axes as a finite float64 array of two rows or more."""
    check_tensor(argument, values)
    array = float64(values)
    if array.ndim != len(axes) or array.shape[0] < 2 or not array.size:
        raise ValueError(
            f"`{argument}` must have shape ({', '.join(axes)}), with at least "
            f"2 {axes[0]}. Received: shape {array.shape}"
        )
    check_finite(array, argument)
    return array


def check_finite(array: np.ndarray, argument: str) -> None:
    if not np.isfinite(array).all():
        raise ValueError(
            f"`{argument}` must be finite; perhaps the training of the encoder "
            "has diverged. Received: NaN or infinity"
        )

from typing import Any

import keras
import numpy as np

from keras_contrastive._backend import is_compiled_by_torch
from keras_contrastive._checked import shortened


def check_tensor(name: str, value: Any, *ranks: int) -> None:
    """Raises an error that names the argument unless it is a tensor.

    Args:
        name: Name of the argument.
        value: What came for it: a tensor, perhaps symbolic, an array, a
            number, or a list of numbers.
        ranks: The ranks allowed. Defaults to any.
    """
    if is_compiled_by_torch():
        return
    shape = shape_of(value)
    if shape is None or (ranks and len(shape) not in ranks):
        of_rank = f" of rank {' or '.join(map(str, ranks))}" if ranks else ""
        found = shortened(value) if shape is None else f"shape {shape}"
        raise ValueError(
            f"`{name}` must be a tensor of numbers{of_rank}. Received: {found}"
        )


def shape_of(value: Any) -> tuple | None:
    """Shape of what can be a tensor of numbers, or else None."""
    if isinstance(value, list | tuple | int | float):
        try:
            value = np.asarray(keras.tree.map_structure(np.asarray, value))
        except (TypeError, ValueError):  # rows of several lengths
            return None
    try:
        dtype = keras.backend.standardize_dtype(value.dtype)
        shape = tuple(value.shape)
    except (AttributeError, TypeError, ValueError):
        return None
    return shape if any(x in dtype for x in ("float", "int", "bool")) else None

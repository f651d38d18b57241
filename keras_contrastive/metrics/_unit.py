from typing import Any

import numpy as np
from keras import ops


def float64(values: Any) -> np.ndarray:
    """A tensor of any backend as a float64 array."""
    return np.asarray(ops.convert_to_numpy(values), "float64")


def unit(rows: Any) -> np.ndarray:
    """Rows of unit length in float64; rows of zeros stay zero."""
    rows = float64(rows)
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)

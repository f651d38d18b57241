import math

import keras
import numpy as np
from keras import ops

from keras_contrastive._config import Configured
from keras_contrastive._export import export
from keras_contrastive._keras_internals import in_stateless_scope
from keras_contrastive._seed import seed_of

BLOCK = 8192


@export
class UnitRows(Configured, keras.initializers.Initializer):
    """Random directions: rows of unit length, uniform on the sphere.

    What queues and memory banks hold before they hold keys. The numbers are
    NumPy's, the same on every backend. Where Keras traces a model to build it,
    which asks for shapes alone, they are zeros.

    Args:
        seed: Integer, or None to draw one from Keras' global seed
            (`keras.utils.set_random_seed`).

    Example:

    >>> UnitRows(seed=0)((4096, 128)).shape
    (4096, 128)
    """

    def __init__(self, seed=None):
        self.seed = seed_of(seed)

    def __call__(self, shape, dtype=None):
        dtype = dtype or "float32"
        if in_stateless_scope():
            return ops.zeros(shape, dtype)
        rng = np.random.default_rng(self.seed)
        rows = np.empty((math.prod(shape[:-1]), shape[-1]), dtype)
        for start in range(0, len(rows), BLOCK):
            # In float64, which all rows together would make too large.
            block = rng.normal(size=rows[start : start + BLOCK].shape)
            block /= np.linalg.norm(block, axis=-1, keepdims=True)
            rows[start : start + BLOCK] = block
        return ops.convert_to_tensor(rows.reshape(shape))

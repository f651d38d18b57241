import keras
import numpy as np
from keras import ops

from keras_contrastive._config import Configured
from keras_contrastive._export import export
from keras_contrastive._seed import seed_of


@export
class UnitRows(Configured, keras.initializers.Initializer):
    """Random directions: rows of unit length, uniform on the sphere.

    What queues and memory banks hold before they hold keys. The numbers are
    NumPy's, the same on every backend.

    Args:
        seed: Integer, or None to draw one from Keras' global seed
            (`keras.utils.set_random_seed`).

    Example:

    >>> keras_contrastive.layers.UnitRows(seed=0)((4096, 128)).shape
    (4096, 128)
    """

    def __init__(self, seed=None):
        self.seed = seed_of(seed)

    def __call__(self, shape, dtype=None):
        rows = np.random.default_rng(self.seed).normal(size=shape)
        rows /= np.linalg.norm(rows, axis=-1, keepdims=True)
        return ops.convert_to_tensor(rows.astype(dtype or "float32"))

"""Embeddings of two views to call losses on."""

import numpy as np
from keras import ops

# Golden values of these were computed in float64 by two independent
# formulations.
Z1 = np.array([[1, 0, 0], [0, 2, 0], [1, 1, 0], [0, 0, 3]], "float32")
Z2 = np.array([[1, 1, 0], [0, 1, 1], [2, 1, 0], [1, 0, 1]], "float32")


def random_pair(count=6, units=5):
    rng = np.random.default_rng(1)
    return rng.normal(size=(2, count, units)).astype("float32")


def value(loss, first, second):
    return ops.convert_to_numpy(loss(first, second))

import keras
import numpy as np
import pytest

from keras_contrastive.ops._shuffle import random_order, take_rows
from tests.replicas import two_replicas


@pytest.mark.backends("jax")
def test_rows_that_are_taken_are_shared_out():
    """Else each device would encode all the keys of MoCo."""
    import jax

    x = np.arange(24, dtype="float32").reshape(8, 3)
    order = random_order(1, 0, 8)
    with two_replicas():
        layout = keras.distribution.distribution().get_data_layout(x.shape)
        shared = keras.distribution.distribute_tensor(x, layout)
        taken = jax.jit(take_rows)(shared, order)
    assert taken.sharding.shard_shape(x.shape) == (4, 3)
    np.testing.assert_array_equal(taken, x[np.asarray(order)])

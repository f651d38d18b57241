import numpy as np
import pytest
from keras import ops

from keras_contrastive.ops import gather, global_rows, num_replicas
from tests.ops.two_replicas import on_two_replicas, strategy


def test_one_device():
    x = ops.ones((3, 2))
    assert gather(x) is x
    assert num_replicas() == 1
    np.testing.assert_array_equal(
        ops.convert_to_numpy(global_rows(3)), [0, 1, 2]
    )


@pytest.mark.backends("tensorflow")
def test_gather_concatenates_in_replica_order():
    x = np.arange(8, dtype="float32").reshape(4, 2)
    for result in on_two_replicas(gather, x):
        np.testing.assert_array_equal(result, x)


@pytest.mark.backends("tensorflow")
def test_global_rows_are_the_rows_of_gather():
    x = np.arange(6, dtype="int32")
    rows = on_two_replicas(lambda x: global_rows(3), x)
    np.testing.assert_array_equal(rows, [[0, 1, 2], [3, 4, 5]])
    # The batch may be known at run time only.
    rows = on_two_replicas(lambda x: global_rows(ops.size(x)), x)
    np.testing.assert_array_equal(rows, [[0, 1, 2], [3, 4, 5]])


@pytest.mark.backends("tensorflow")
def test_every_replica_counts_the_replicas():
    x = np.zeros(2, "int32")
    assert on_two_replicas(lambda x: x[0] + num_replicas(), x) == [2, 2]


@pytest.mark.backends("tensorflow")
def test_gradients_return_to_the_owner_of_each_row():
    import tensorflow as tf

    def gradient(x, weights):
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(weights * tf.square(gather(x)))
        return tape.gradient(loss, x)

    x = np.array([[1.0], [2.0], [3.0], [4.0]], "float32")
    # Each replica weighs all four rows in its own way.
    weights = np.array([[1, 2, 3, 4], [10, 20, 30, 40]], "float32")
    found = on_two_replicas(gradient, x, weights.reshape(8, 1))
    expected = weights.sum(0)[:, None] * 2 * x
    np.testing.assert_allclose(np.concatenate(found), expected)


@pytest.mark.backends("tensorflow")
def test_outside_of_the_replicas_a_strategy_changes_nothing():
    x = ops.ones((2, 2))
    with strategy().scope():
        assert gather(x) is x
        np.testing.assert_array_equal(
            ops.convert_to_numpy(global_rows(2)), [0, 1]
        )
        assert num_replicas() == 2
    assert num_replicas() == 1

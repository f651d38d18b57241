import keras
import numpy as np
import pytest
from keras import ops

from keras_contrastive.layers import BatchNorm
from tests.replicas import two_replicas

INPUTS = np.random.default_rng(0).normal(2, 3, (6, 5, 4, 3)).astype("float32")


def both(**kwargs):
    ours = BatchNorm(**kwargs)
    keras_own = keras.layers.BatchNormalization(
        momentum=0.9, epsilon=1e-5, **kwargs
    )
    for layer in (ours, keras_own):
        layer.build(INPUTS.shape)
        for seed, weight in enumerate(layer.weights):
            values = np.random.default_rng(seed).uniform(0.5, 2, weight.shape)
            weight.assign(values)
    return ours, keras_own


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize(
    "kwargs", [{}, {"scale": False}, {"center": False}], ids=str
)
def test_equals_keras(training, kwargs):
    ours, keras_own = both(**kwargs)
    np.testing.assert_allclose(
        ops.convert_to_numpy(ours(INPUTS, training=training)),
        ops.convert_to_numpy(keras_own(INPUTS, training=training)),
        atol=2e-5,
    )
    for mine, theirs in zip(ours.weights, keras_own.weights, strict=True):
        np.testing.assert_allclose(
            ops.convert_to_numpy(mine), ops.convert_to_numpy(theirs), rtol=1e-5
        )


@pytest.mark.backends("tensorflow")
def test_gradient_equals_keras():
    import tensorflow as tf

    gradients = []
    for layer in both():
        x = tf.constant(INPUTS)
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(layer(x, training=True) ** 3)
        gradients.append(tape.gradient(loss, [x, layer.gamma.value]))
    for ours, theirs in zip(*gradients, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-3)


def test_a_frozen_layer_uses_the_moving_statistics():
    ours, _ = both()
    ours.trainable = False
    before = [ops.convert_to_numpy(weight) for weight in ours.weights]
    training = ops.convert_to_numpy(ours(INPUTS, training=True))
    inference = ops.convert_to_numpy(ours(INPUTS, training=False))
    np.testing.assert_allclose(training, inference, atol=1e-6)
    for old, weight in zip(before, ours.weights, strict=True):
        np.testing.assert_array_equal(old, ops.convert_to_numpy(weight))


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_half_precision(policy):
    layer = BatchNorm(dtype=policy)
    outputs = layer(INPUTS, training=True)
    assert keras.backend.standardize_dtype(outputs.dtype) == policy[6:]
    exact = (INPUTS - INPUTS.mean((0, 1, 2))) / INPUTS.std((0, 1, 2))
    found = ops.convert_to_numpy(ops.cast(outputs, "float32"))
    np.testing.assert_allclose(found, exact, atol=0.03)


@pytest.mark.backends("tensorflow")
def test_several_replicas_synchronise_and_the_config_does_not_tell():
    assert not BatchNorm().synchronized
    with two_replicas() as scope, scope():
        layer = BatchNorm()
    assert layer.synchronized
    assert not BatchNorm.from_config(layer.get_config()).synchronized

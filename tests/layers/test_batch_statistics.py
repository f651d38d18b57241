import keras
import numpy as np
import pytest
from keras import ops

from keras_contrastive._keras_internals import layers_of
from keras_contrastive.layers._batch_norm import batch_norm
from keras_contrastive.layers._batch_statistics import use_batch_statistics
from tests.ops.two_replicas import on_two_replicas
from tests.replicas import two_replicas

INPUTS = np.random.default_rng(0).normal(2, 3, (6, 5, 4, 3)).astype("float32")
IMAGES = np.random.default_rng(0).normal(size=(6, 2, 2, 3)).astype("float32")
ENDINGS = [{}, {"scale": False}, {"center": False}]


def made(splits=None, **kwargs):
    layer = keras.layers.BatchNormalization(
        **{"momentum": 0.9, "epsilon": 1e-5, **kwargs}
    )
    use_batch_statistics([layer], splits)
    return layer


def both(shape=INPUTS.shape, splits=None, **kwargs):
    ours = made(splits, **kwargs)
    keras_own = batch_norm(**kwargs)
    for layer in (ours, keras_own):
        layer.build(shape)
        for seed, weight in enumerate(layer.weights):
            values = np.random.default_rng(seed).uniform(0.5, 2, weight.shape)
            weight.assign(values)
    return ours, keras_own


def assert_same_weights(ours, keras_own, rtol=1e-5, atol=1e-9):
    for mine, theirs in zip(ours.weights, keras_own.weights, strict=True):
        np.testing.assert_allclose(
            ops.convert_to_numpy(mine),
            ops.convert_to_numpy(theirs),
            rtol=rtol,
            atol=atol,
        )


def test_the_helper_makes_a_plain_layer():
    layer = batch_norm(scale=False)
    assert type(layer) is keras.layers.BatchNormalization
    assert (layer.momentum, layer.epsilon) == (0.9, 1e-5)
    assert not layer.scale and not layer.synchronized


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("kwargs", ENDINGS, ids=str)
def test_equals_keras(training, kwargs):
    ours, keras_own = both(**kwargs)
    np.testing.assert_allclose(
        ops.convert_to_numpy(ours(INPUTS, training=training)),
        ops.convert_to_numpy(keras_own(INPUTS, training=training)),
        atol=2e-5,
    )
    assert_same_weights(ours, keras_own)


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


@pytest.mark.backends("tensorflow")
@pytest.mark.parametrize("jit_compile", [False, True])
def test_feature_maps_go_through_the_fused_kernel(jit_compile):
    import tensorflow as tf

    layer, keras_own = both()
    program = tf.function(
        lambda x: layer(x, training=True), jit_compile=jit_compile
    )
    kinds = {
        node.type
        for node in program.get_concrete_function(INPUTS).graph.get_operations()
    }
    assert "FusedBatchNormV3" in kinds
    np.testing.assert_allclose(
        program(INPUTS), keras_own(INPUTS, training=True), atol=2e-5
    )
    assert_same_weights(layer, keras_own)


@pytest.mark.parametrize("splits", [None, 3])
def test_a_frozen_layer_uses_the_moving_statistics(splits):
    ours, _ = both(splits=splits)
    ours.trainable = False
    before = [ops.convert_to_numpy(weight) for weight in ours.weights]
    training = ops.convert_to_numpy(ours(INPUTS, training=True))
    inference = ops.convert_to_numpy(ours(INPUTS, training=False))
    np.testing.assert_allclose(training, inference, atol=1e-6)
    for old, weight in zip(before, ours.weights, strict=True):
        np.testing.assert_array_equal(old, ops.convert_to_numpy(weight))


@pytest.mark.parametrize("splits", [None, 1])
@pytest.mark.parametrize(
    "policy", ["mixed_bfloat16", "mixed_float16", "bfloat16"]
)
def test_half_precision(policy, splits):
    layer = made(splits, dtype=policy)
    outputs = layer(INPUTS, training=True)
    half = policy.removeprefix("mixed_")
    assert keras.backend.standardize_dtype(outputs.dtype) == half
    exact = (INPUTS - INPUTS.mean((0, 1, 2))) / INPUTS.std((0, 1, 2))
    found = ops.convert_to_numpy(ops.cast(outputs, "float32"))
    np.testing.assert_allclose(found, exact, atol=0.03)
    stored = keras.backend.standardize_dtype(layer.moving_mean.dtype)
    assert stored == layer.variable_dtype
    if policy.startswith("mixed_"):
        assert stored == "float32"


@pytest.mark.parametrize("splits", [None, 2])
def test_saving_tells_nothing_and_a_copy_is_keras_own(splits):
    layer = made(splits)
    plain = batch_norm(name=layer.name)
    serialize = keras.saving.serialize_keras_object
    assert serialize(layer) == serialize(plain)
    copy = type(layer).from_config(layer.get_config())
    assert "call" not in vars(copy)


def test_the_last_choice_holds():
    layer, keras_own = both(splits=3)
    use_batch_statistics([layer])
    np.testing.assert_allclose(
        ops.convert_to_numpy(layer(INPUTS, training=True)),
        ops.convert_to_numpy(keras_own(INPUTS, training=True)),
        atol=2e-5,
    )


def test_other_layers_stay():
    class Own(keras.layers.BatchNormalization):
        pass

    layers = [Own(), keras.layers.LayerNormalization(), keras.layers.Dense(2)]
    use_batch_statistics(layers, splits=2)
    assert not any("call" in vars(layer) for layer in layers)


@pytest.mark.parametrize("axis", [1, -1])
def test_masks_and_other_axes_are_left_to_keras(axis):
    ours, keras_own = both(axis=axis)
    mask = None if axis == 1 else np.arange(120).reshape(6, 5, 4) % 3 > 0
    found, expected = (
        ops.convert_to_numpy(layer(INPUTS, training=True, mask=mask))
        for layer in (ours, keras_own)
    )
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_an_encoder_that_is_not_ours():
    encoder = keras.applications.MobileNetV2(
        (96, 96, 3), alpha=0.35, include_top=False, weights=None, pooling="avg"
    )
    images = np.random.default_rng(0).random((4, 96, 96, 3), "float32")
    copy = keras.models.clone_model(encoder)
    copy.set_weights(encoder.get_weights())
    use_batch_statistics(layers_of(encoder))
    for training in (True, False):
        np.testing.assert_allclose(
            ops.convert_to_numpy(encoder(images, training=training)),
            ops.convert_to_numpy(copy(images, training=training)),
            atol=1e-4,
        )
    # Through fifty layers rounding grows.
    assert_same_weights(encoder, copy, rtol=1e-3, atol=1e-6)


def test_parts_are_normalized_apart():
    found = ops.convert_to_numpy(made(splits=3)(IMAGES, training=True))
    for start in range(0, 6, 2):
        part = IMAGES[start : start + 2]
        mean, variance = part.mean(axis=(0, 1, 2)), part.var(axis=(0, 1, 2))
        expected = (part - mean) / np.sqrt(variance + 1e-5)
        np.testing.assert_allclose(
            found[start : start + 2], expected, atol=1e-5
        )


def test_moving_statistics_are_the_mean_over_the_parts():
    layer = made(splits=3, momentum=0.75)
    layer(IMAGES, training=True)
    parts = IMAGES.reshape(3, -1, 3)
    mean, variance = parts.mean(axis=1), parts.var(axis=1)
    np.testing.assert_allclose(
        ops.convert_to_numpy(layer.moving_mean),
        0.25 * mean.mean(axis=0),
        atol=1e-6,
    )
    np.testing.assert_allclose(
        ops.convert_to_numpy(layer.moving_variance),
        0.75 + 0.25 * variance.mean(axis=0),
        atol=1e-6,
    )


@pytest.mark.parametrize("arguments", [{}, {"scale": False, "center": False}])
def test_one_part_is_batch_norm(arguments):
    one, usual = both(IMAGES.shape, splits=1, **arguments)
    for training in (True, False):
        np.testing.assert_allclose(
            ops.convert_to_numpy(one(IMAGES, training=training)),
            ops.convert_to_numpy(usual(IMAGES, training=training)),
            atol=1e-5,
        )
    assert_same_weights(one, usual)


def test_parts_of_vectors():
    found = ops.convert_to_numpy(made(splits=2)(IMAGES[:, 0, 0], training=True))
    np.testing.assert_allclose(found[:3].mean(axis=0), 0, atol=1e-6)


def test_a_batch_that_does_not_split():
    with pytest.raises(
        ValueError, match="`batch_norm_splits` must divide.*batch of 6"
    ):
        made(splits=4)(IMAGES, training=True)


def test_a_layer_that_does_not_split():
    with pytest.raises(
        ValueError, match="`batch_norm_splits` needs .* last axis.*axis=1"
    ):
        made(splits=2, axis=1)(IMAGES, training=True)


@pytest.mark.parametrize("splits", [0, 1.5])
def test_splits_are_checked(splits):
    with pytest.raises(ValueError, match="`splits` must be an integer"):
        made(splits)


@pytest.mark.backends("tensorflow")
@pytest.mark.parametrize("rank", [2, 4])
@pytest.mark.parametrize("kwargs", ENDINGS, ids=str)
def test_replicas_are_synchronized(kwargs, rank):
    inputs = INPUTS if rank == 4 else INPUTS[:, 0, 0]
    with two_replicas() as scope, scope():
        ours, _ = both(inputs.shape, **kwargs)
    _, keras_own = both(inputs.shape, **kwargs)
    halves = on_two_replicas(lambda x: ours(x, training=True), inputs)
    np.testing.assert_allclose(
        np.concatenate(halves), keras_own(inputs, training=True), atol=2e-5
    )
    assert_same_weights(ours, keras_own)


@pytest.mark.backends("tensorflow")
def test_replicas_equal_keras_synchronized():
    with two_replicas() as scope, scope():
        ours, _ = both()
        theirs = batch_norm(synchronized=True)
        theirs.build(INPUTS.shape)
        theirs.set_weights(ours.get_weights())
    found, expected = (
        on_two_replicas(lambda x, layer=layer: layer(x, training=True), INPUTS)
        for layer in (ours, theirs)
    )
    np.testing.assert_array_equal(found, expected)
    assert_same_weights(ours, theirs)


@pytest.mark.backends("tensorflow")
def test_parts_over_replicas_equal_one_device():
    with two_replicas() as scope, scope():
        ours, _ = both(IMAGES.shape, splits=6)
    alone, _ = both(IMAGES.shape, splits=6)
    halves = on_two_replicas(lambda x: ours(x, training=True), IMAGES)
    np.testing.assert_allclose(
        np.concatenate(halves), alone(IMAGES, training=True), atol=1e-5
    )
    assert_same_weights(ours, alone)
    with pytest.raises(
        ValueError, match="`batch_norm_splits` must be a multiple"
    ):
        use_batch_statistics([ours], splits=3)
        on_two_replicas(lambda x: ours(x, training=True), IMAGES)


@pytest.mark.parametrize("shape", [(8, 3), (8, 4, 4, 3)])
@pytest.mark.parametrize("splits", [None, 2])
def test_statistics_not_finite_are_not_kept(shape, splits):
    layer = made(splits)
    inputs = np.random.default_rng(0).normal(size=shape).astype("float32")
    layer(inputs, training=True)
    before = [ops.convert_to_numpy(x) for x in layer.weights]
    bad = inputs.copy()
    bad[5, ..., 1] = np.inf
    layer(bad, training=True)
    for old, new in zip(before, layer.weights, strict=True):
        new = ops.convert_to_numpy(new)
        assert np.isfinite(new).all()
        np.testing.assert_array_equal(old[1], new[1])
    assert (before[2] != ops.convert_to_numpy(layer.moving_mean))[[0, 2]].all()

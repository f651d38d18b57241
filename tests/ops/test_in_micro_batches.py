"""Micro-batches are what plain calls for parts of a batch would be."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from keras_contrastive.layers._batch_statistics import use_batch_statistics
from keras_contrastive.ops import _in_micro_batches
from keras_contrastive.ops._in_micro_batches import (
    in_micro_batches,
    one_after_another,
)
from keras_contrastive.ops._in_one_call import in_one_call
from tests.ops.gradient import gradient

RNG = np.random.default_rng(0)
VIEWS = RNG.normal(size=(2, 12, 6, 6, 3)).astype("float32")
WEIGHTS = RNG.normal(size=(2, 12, 5)).astype("float32")


def make(*further, **kwargs):
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            keras.Input((6, 6, 3)),
            layers.Conv2D(4, 3),
            layers.BatchNormalization(momentum=0.7),
            layers.ReLU(),
            layers.Dropout(0.3, seed=1),
            layers.Conv2D(5, 3, **kwargs),
            layers.GlobalAveragePooling2D(),
            *further,
        ]
    )


def plainly(layer, tensors, count):
    """A call for each part of the batch, with nothing computed again."""
    parts = zip(*(ops.split(x, count) for x in tensors), strict=True)
    made = [in_one_call(layer, list(part), training=True) for part in parts]
    return [ops.concatenate(part) for part in zip(*made, strict=True)]


def respond(function, count):
    """Outputs, their gradient by the inputs, and the state after each."""
    layer = make()

    def total(views):
        made = function(layer, [views[0], views[1]], count)
        return sum(
            ops.sum(ops.convert_to_tensor(w) * z)
            for w, z in zip(WEIGHTS, made, strict=True)
        )

    slopes = gradient(total, VIEWS)
    layer = make()
    made = function(
        layer, [ops.convert_to_tensor(view) for view in VIEWS], count
    )
    return [ops.convert_to_numpy(x) for x in (*made, *layer.variables)] + [
        slopes
    ]


@pytest.mark.parametrize("platform", ["cpu", "gpu"])
@pytest.mark.parametrize("count", [1, 3])
def test_equals_plain_calls(count, platform, monkeypatch):
    if keras.backend.backend() == "jax":
        monkeypatch.setattr("jax.default_backend", lambda: platform)
    elif platform == "gpu":
        pytest.skip("JAX alone has two ways")
    expected, found = respond(plainly, count), respond(in_micro_batches, count)
    for one, other in zip(expected, found, strict=True):
        np.testing.assert_allclose(other, one, rtol=2e-5, atol=2e-6)


def test_many_micro_batches_make_no_long_program():
    # XLA computed averages of averages anew for each, and failed at sixteen.
    view = ops.convert_to_tensor(np.zeros((24, 6, 6, 3), "float32"))
    layer = make()
    use_batch_statistics(layer.layers)

    def total(x):
        return ops.sum(in_micro_batches(layer, [x], 24)[0])

    assert np.isfinite(gradient(total, ops.convert_to_numpy(view))).all()


def test_momentum_passes_plainly():
    first, second = make(), make()
    x = ops.convert_to_tensor(VIEWS[0])
    (expected,) = plainly(first, [x], 3)
    found = one_after_another(second, x, 3)
    for one, other in zip(
        [expected, *first.variables], [found, *second.variables], strict=True
    ):
        np.testing.assert_allclose(
            *map(ops.convert_to_numpy, (other, one)), rtol=1e-5, atol=1e-6
        )


def test_rows_stay_on_their_device(monkeypatch):
    monkeypatch.setattr(_in_micro_batches, "num_own_shares", lambda: 2)
    x = ops.convert_to_tensor(np.arange(12.0).reshape(12, 1))
    parts = _in_micro_batches.micro_batches(x, 3)
    # The first six rows are on one device, the others on another.
    assert ops.convert_to_numpy(parts)[..., 0].tolist() == [
        [0, 1, 6, 7],
        [2, 3, 8, 9],
        [4, 5, 10, 11],
    ]
    np.testing.assert_array_equal(
        ops.convert_to_numpy(_in_micro_batches.rejoin(parts)),
        ops.convert_to_numpy(x),
    )


@pytest.mark.backends("jax")
def test_memory_is_that_of_a_micro_batch():
    import jax

    if jax.__version_info__ < (0, 5):
        pytest.skip("XLA of JAX 0.4 orders the program in another way")
    views = np.zeros((1, 64, 32, 32, 3), "float32")
    layer = keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            *(layers.Conv2D(16, 3, activation="relu") for _ in range(3)),
            layers.GlobalAveragePooling2D(),
        ]
    )
    weights = [w.value for w in layer.trainable_variables]

    def bytes_of(count):
        def total(weights):
            with keras.StatelessScope(
                zip(layer.trainable_variables, weights, strict=True)
            ):
                made = in_micro_batches(layer, [views[0]], count)[0]
            return ops.sum(ops.square(made))

        program = jax.jit(jax.grad(total)).lower(weights).compile()
        return program.memory_analysis().temp_size_in_bytes

    assert bytes_of(4) < 0.4 * bytes_of(1)


@pytest.mark.parametrize(
    ("kwargs", "count", "message"),
    [
        ({"activity_regularizer": "l2"}, 3, "adds losses in its call"),
        ({}, 5, "must divide the batch.* 5 micro-batches, a batch of 12"),
    ],
)
def test_bad_input(kwargs, count, message):
    layer = make(**kwargs)
    views = [ops.convert_to_tensor(view) for view in VIEWS]
    with pytest.raises(ValueError, match=message):
        in_micro_batches(layer, views, count)


class Unseeded(layers.Layer):
    def call(self, x):
        return x + keras.random.normal((1, 4))


# On JAX Keras itself refuses to draw without a seed.
@pytest.mark.backends("tensorflow", "torch")
def test_what_no_layer_holds_is_refused():
    views = [ops.convert_to_tensor(VIEWS[0])]
    layer = keras.Sequential([keras.Input((6, 6, 3)), layers.Conv2D(4, 3)])
    layer.add(layers.GlobalAveragePooling2D())
    layer.add(Unseeded())
    with pytest.raises(ValueError, match="1 variables that the layer does not"):
        in_micro_batches(layer, views, 3)


def test_weights_that_a_call_changes_are_refused():
    convolution = layers.SpectralNormalization(layers.Conv2D(4, 3))
    layer = keras.Sequential(
        [keras.Input((6, 6, 3)), convolution, layers.GlobalAveragePooling2D()]
    )
    with pytest.raises(ValueError, match="would be lost.*kernel"):
        in_micro_batches(layer, [ops.convert_to_tensor(VIEWS[0])], 3)


def test_regularizers_of_weights_may_stay():
    layer = make(kernel_regularizer="l2")
    in_micro_batches(layer, [ops.convert_to_tensor(VIEWS[0])], 3)
    assert len(layer.losses) == 1

import h5py
import keras
import numpy as np
import pytest

import keras_contrastive as kc
from keras_contrastive.training import _fit
from keras_contrastive.training._random_streams import random_streams
from keras_contrastive.training._state import state_of, to_host
from tests.conftest import EAGERLY

IMAGES = np.random.default_rng(0).integers(0, 256, (24, 8, 8, 3), "uint8")


def batches():
    return kc.data.from_arrays(IMAGES, batch_size=8, seed=3)


@keras.saving.register_keras_serializable("test")
class Flips(keras.layers.Layer):
    """Two views by a random layer of Keras, with a stream of its own."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.flip = keras.layers.RandomFlip()

    def build(self, input_shape):
        self.flip.build(input_shape)

    def call(self, images, training=False):
        images = kc.ops.unit_range(images)
        return [self.flip(images, training=training) for _ in range(2)]


def encoder(dropout=0.3):
    """Streams at two depths, one of which draws its seed by chance."""
    inner = [
        keras.Input((8, 8, 3)),
        keras.layers.BatchNormalization(),
        keras.layers.GaussianNoise(0.1),
        keras.layers.GlobalAveragePooling2D(),
    ]
    outer = [keras.Sequential(inner), keras.layers.Dense(4)]
    if dropout:
        outer.append(keras.layers.Dropout(dropout, seed=1))
    return keras.Sequential([keras.Input((8, 8, 3)), *outer])


def moco(dropout=0.3):
    model = kc.MoCo(
        encoder(dropout), Flips(), keras.layers.Dense(4), queue_size=24
    )
    model.build(IMAGES.shape)
    return model


def assert_equal(model, other):
    for kind, variables in state_of(model).items():
        others = state_of(other)[kind]
        for variable, expected, found in zip(
            variables, to_host(variables), to_host(others), strict=True
        ):
            np.testing.assert_array_equal(
                found, expected, f"{kind}: {variable.path}"
            )


class SaveAtEpochEnd(keras.callbacks.Callback):
    """Saves before the end of `fit` gives the weights their averages."""

    def __init__(self, path):
        super().__init__()
        self.path = path

    def on_epoch_end(self, epoch, logs=None):
        if epoch == 0:
            self.model.save(self.path)


def test_a_loaded_model_goes_on_bit_for_bit(tmp_path):
    """With all that a state may hold: averages, accumulators, a scale."""
    path, model = tmp_path / "model.keras", moco()
    optimizer = keras.optimizers.SGD(
        0.1, momentum=0.9, use_ema=True, gradient_accumulation_steps=2
    )
    scaled = keras.optimizers.LossScaleOptimizer(
        optimizer, initial_scale=8.0, dynamic_growth_steps=2
    )
    model.compile(scaled, run_eagerly=EAGERLY)
    model.fit(batches(), epochs=2, verbose=0, callbacks=[SaveAtEpochEnd(path)])
    loaded = keras.saving.load_model(path)
    loaded.fit(batches(), verbose=0)
    assert float(loaded.optimizer.dynamic_scale) > 8
    assert_equal(model, loaded)


def streams(model):
    return [state.tolist() for state in to_host(random_streams(model))]


def test_weights_alone_hold_the_streams_too(tmp_path):
    path, model, other = tmp_path / "model.weights.h5", moco(), moco()
    # Noise and dropout of encoder and momentum branch, and the views.
    places = [[seed, 2 + seed] for seed in range(5)]
    for stream, place in zip(random_streams(model), places, strict=True):
        stream.assign(place)
    model.save_weights(path)
    other.load_weights(path)
    assert streams(other) == places


def test_a_file_without_the_streams_loads_as_before(tmp_path, monkeypatch):
    path, model, other = tmp_path / "model.weights.h5", moco(), moco(0.0)
    model.save_weights(path)
    before = streams(other)
    with pytest.warns(UserWarning, match="has 3 random streams and the file 5"):
        other.load_weights(path)
    assert streams(other) == before
    # Of an earlier version.
    monkeypatch.setattr(_fit, "save_random_streams", lambda model, store: None)
    model.save_weights(path)
    other = moco()
    before = streams(other)
    other.load_weights(path)
    assert streams(other) == before


def test_an_encoder_alone_is_a_file_of_keras_alone(tmp_path):
    path = tmp_path / "encoder.weights.h5"
    moco().encoder.save_weights(path)
    encoder().load_weights(path)
    with h5py.File(path) as file:
        names = []
        file.visit(names.append)
    assert not [name for name in names if "stream" in name]

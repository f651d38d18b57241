"""Batches under `tf.distribute`, on two logical CPUs."""

import keras
import numpy as np
import pytest
from PIL import Image

from keras_contrastive.data import from_arrays, from_folder
from tests.replicas import mirrored_strategy

if keras.backend.backend() != "tensorflow":
    pytest.skip("TensorFlow alone splits batches", allow_module_level=True)

import tensorflow as tf


class Watcher(keras.Model):
    """Learns next to nothing and writes down what each replica saw."""

    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(1)
        self.seen = []

    def call(self, x, training=False):
        if training:
            replica = tf.distribute.get_replica_context()
            number = replica.replica_id_in_sync_group
            tf.numpy_function(self.note, [number, x["index"]], [])
        images = keras.ops.cast(x["images"], "float32")
        return self.dense(keras.ops.reshape(images, (-1, 4)))

    def note(self, number, index):
        self.seen.append((int(number), index.tolist()))

    def compute_loss(self, x, y, y_pred, sample_weight=None, training=True):
        return keras.ops.mean(keras.ops.square(y_pred))

    def log(self):
        """Global batches, step by step: replicas wait for each other."""
        steps = zip(self.seen[::2], self.seen[1::2], strict=True)
        return [
            [rows for _, rows in sorted(step, key=lambda pair: pair[0])]
            for step in steps
        ]


def halves(batches, epoch):
    order = batches.order(epoch)[: 4 * len(batches)].reshape(-1, 2, 2)
    return order.tolist()


@pytest.fixture
def strategy():
    return mirrored_strategy()


@pytest.mark.parametrize("n", [5, 13])
@pytest.mark.parametrize("sought", [True, False])
def test_fit_splits_each_batch_and_follows_the_epochs(strategy, n, sought):
    images = np.zeros((n, 2, 2, 1), "uint8")
    batches = from_arrays(images, batch_size=4, index=True)
    with strategy.scope():
        model = Watcher()
        model.compile("sgd")
    seek = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: sought and batches.seek(epoch)
    )
    model.fit(batches, epochs=3, verbose=0, callbacks=[seek])
    model.fit(batches, initial_epoch=3, epochs=4, verbose=0, callbacks=[seek])
    assert model.log() == sum((halves(batches, e) for e in range(4)), [])


def test_a_short_last_batch(strategy):
    images = np.random.default_rng(0).random((5, 2, 2, 1), "float32")
    with strategy.scope():
        model = keras.Sequential(
            [keras.layers.Rescaling(1.0), keras.layers.Flatten()]
        )
    batches = from_arrays(images, batch_size=4, shuffle=False)
    outputs = model.predict(batches, verbose=0)
    np.testing.assert_array_equal(outputs, images.reshape(5, 4))


def test_what_stands_in_is_the_same_on_all_replicas(strategy, tmp_path):
    for i in range(8):
        Image.new("RGB", (4, 4), (i, i, i)).save(tmp_path / f"{i}.png")
    (tmp_path / "2.png").write_bytes(b"")
    (tmp_path / "5.png").write_text("hello")
    batches = from_folder(
        tmp_path, 4, image_size=4, shuffle=False, on_error="substitute"
    )
    with strategy.scope():
        model = keras.Sequential([keras.layers.GlobalAveragePooling2D()])
    with pytest.warns(UserWarning, match="stands in"):
        found = model.predict(batches, verbose=0)[:, 0]
    np.testing.assert_array_equal(found, [0, 1, 3, 3, 4, 6, 6, 7])

"""A training that goes on with another number of devices."""

import contextlib

import keras
import numpy as np
import pytest

import keras_contrastive as kc
from keras_contrastive.training._state import state_of, to_host
from tests.callbacks.test_checkpoint import IMAGES, Cut, CutAt
from tests.conformance import tiny
from tests.conftest import EAGERLY
from tests.replicas import two_replicas


@contextlib.contextmanager
def one_replica():
    yield contextlib.nullcontext


def life(folder, replicas, cut=0):
    """Trains for 6 steps, or until the batch `cut`, and returns the state."""
    data = kc.data.from_arrays(IMAGES[:12], batch_size=4)
    with replicas() as scope, scope():
        keras.utils.set_random_seed(0)
        model = kc.MoCo(
            tiny.encoder(),
            tiny.two_crops(),
            tiny.head("bias"),
            queue_size=10,
        )
        eagerly = EAGERLY and replicas is one_replica
        sgd = keras.optimizers.SGD(0.01, momentum=0.9)
        model.compile(sgd, run_eagerly=eagerly)
        checkpoint = kc.callbacks.Checkpoint(folder, every_steps=1)
        callbacks = [checkpoint, CutAt(cut), kc.callbacks.ScoreRecorder()]
        with contextlib.suppress(Cut):
            model.fit(data, epochs=2, callbacks=callbacks, verbose=0)
        return [
            value
            for variables in state_of(model).values()
            for value in to_host(variables)
        ]


@pytest.mark.backends("tensorflow", "jax")
def test_goes_on_with_another_number_of_devices(tmp_path):
    expected = life(tmp_path / "a", one_replica)
    orders = {
        "b": (one_replica, two_replicas),
        "c": (two_replicas, one_replica),
    }
    for name, (first, second) in orders.items():
        life(tmp_path / name, first, cut=5)
        found = life(tmp_path / name, second)
        for a, b in zip(expected, found, strict=True):
            if a.dtype.kind in "iu":
                np.testing.assert_array_equal(a, b)
            else:
                np.testing.assert_allclose(a, b, 1e-5, 1e-5)

"""Replicas on a CPU: MirroredStrategy, or JAX DataParallel.

There are as many as `tests.conftest` set up devices: two, or
KERAS_CONTRASTIVE_REPLICAS.
"""

import contextlib
import functools

import keras


@functools.cache
def mirrored_strategy():
    """The strategy of the process.

    Each strategy numbers its collectives from the start again, and TensorFlow
    refuses a number that comes back with another shape: one must do for all.
    """
    import tensorflow as tf

    devices = tf.config.list_logical_devices("CPU")
    return tf.distribute.MirroredStrategy([device.name for device in devices])


@contextlib.contextmanager
def replicas(count):
    """Yields what opens the scope in which to make and train a model."""
    if keras.backend.backend() == "tensorflow":
        assert mirrored_strategy().num_replicas_in_sync == count
        yield mirrored_strategy().scope
        return
    devices = keras.distribution.list_devices("cpu")
    assert len(devices) == count
    keras.distribution.set_distribution(
        keras.distribution.DataParallel(devices=devices)
    )
    try:
        yield contextlib.nullcontext
    finally:
        keras.distribution.set_distribution(None)


def two_replicas():
    return replicas(2)

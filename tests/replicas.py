"""Two replicas on a CPU: MirroredStrategy, or JAX DataParallel."""

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

    return tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])


@contextlib.contextmanager
def two_replicas():
    """Yields what opens the scope in which to make and train a model."""
    if keras.backend.backend() == "tensorflow":
        yield mirrored_strategy().scope
        return
    devices = keras.distribution.list_devices("cpu")
    assert len(devices) == 2
    keras.distribution.set_distribution(
        keras.distribution.DataParallel(devices=devices)
    )
    try:
        yield contextlib.nullcontext
    finally:
        keras.distribution.set_distribution(None)

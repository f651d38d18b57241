"""Two replicas on a CPU: MirroredStrategy, or JAX DataParallel."""

import contextlib

import keras


@contextlib.contextmanager
def two_replicas():
    """Yields what opens the scope in which to make and train a model."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        yield tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]).scope
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

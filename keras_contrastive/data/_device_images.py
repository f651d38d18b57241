import functools
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops, tree


class DeviceImages:
    """Source of images that are on the device, with labels that are not.

    Args:
        images: uint8 array `(num_images, height, width, channels)`.
        labels: Array with one row per image, a dictionary of such arrays, or
            `None`.
        name: String, where they come from.
    """

    def __init__(self, images: np.ndarray, labels: Any, name: str) -> None:
        self.images = put(images)
        self.labels = labels
        self.name = name

    def __len__(self) -> int:
        return len(self.images)

    def __repr__(self) -> str:
        return f"on the device: {self.name}"

    def take(self, indices: np.ndarray) -> tuple[Any, Any]:
        """Images as a tensor that never leaves the device, and labels."""
        labels = self.labels
        if labels is not None:
            labels = tree.map_structure(lambda rows: rows[indices], labels)
        return gather()(self.images, indices.astype("int32")), labels

    def read(self, indices: np.ndarray) -> tuple[np.ndarray, Any]:
        images, labels = self.take(indices)
        return ops.convert_to_numpy(images), labels


def put(images: np.ndarray) -> Any:
    """A tensor on the first accelerator, or on the CPU if there is none."""
    if keras.backend.backend() != "tensorflow":
        return ops.convert_to_tensor(images)
    import tensorflow as tf

    has_gpu = bool(tf.config.list_logical_devices("GPU"))
    with tf.device("GPU:0" if has_gpu else "CPU:0"):
        return tf.identity(images)


@functools.cache
def gather() -> Callable[[Any, np.ndarray], Any]:
    """Rows of a tensor, by a program that has the tensor as an argument.

    As a constant of the program the images would be copied into it.
    """

    def take(images, rows):
        return ops.take(images, rows, axis=0)

    if keras.backend.backend() == "jax":
        import jax

        return jax.jit(take)
    if keras.backend.backend() != "tensorflow":
        return take
    import tensorflow as tf

    # By XLA: on a GPU not every TensorFlow gathers uint8 otherwise.
    compiled = tf.function(take, jit_compile=True, autograph=False)

    def take_where_they_are(images, rows):
        with tf.device(images.device):
            return compiled(images, tf.constant(rows))

    return take_where_they_are

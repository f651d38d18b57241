from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from keras import tree

from keras_contrastive.data._device_images import DeviceImages
from keras_contrastive.data.batches import Batches


class DeviceBatches(Batches):
    """`Batches` of `DeviceImages`, of which Keras gets tensors.

    A Python loop gets NumPy arrays, as from any `Batches`.
    """

    source: DeviceImages

    def _element_for_keras(
        self, rows: np.ndarray, read: Callable[[], Any]
    ) -> Any:
        return self._with_index(rows, *self.source.take(rows))

    def get_tf_dataset(self):
        # `tf.data` would copy each batch to the host and back. Keras takes
        # anything that can be iterated, unless a strategy has to split it.
        return Passes(self._keras_pass, len(self))


class Passes:
    """Passes over the data for TensorFlow, each of which is an epoch.

    Args:
        begin: Function, the elements of the next pass.
        length: Integer, batches of a full epoch.
    """

    def __init__(self, begin: Callable[[], Iterator[Any]], length: int) -> None:
        self.begin, self.length = begin, length

    def __iter__(self) -> Iterator[Any]:
        import tensorflow as tf

        count = 0
        for element in self.begin():
            yield tree.map_structure(tf.convert_to_tensor, element)
            count += 1
        if count < self.length:
            # Keras asks on after the end of an epoch entered by `seek`, and
            # knows the end by this error, as from `tf.data`.
            raise tf.errors.OutOfRangeError(None, None, "End of the epoch")

from typing import Any

import keras
from keras import ops

from keras_contrastive._check_integer import check_integer
from keras_contrastive._config import Configured
from keras_contrastive._export import export
from keras_contrastive.layers._table import read_table, write_rows
from keras_contrastive.layers._unit_rows import UnitRows
from keras_contrastive.ops import gather, l2_normalize


@export
class FeatureQueue(Configured, keras.layers.Layer):
    """Keeps the most recent keys, oldest replaced first.

    MoCo's dictionary: many negatives without a large batch. A call returns
    the keys of earlier steps and only then takes the new ones, so a positive
    is never its own negative. It begins with random directions. Keys are kept
    in float32 and at unit length; under `tf.distribute` the keys of all
    replicas enter, in their order, and all hold the same queue. A batch need
    not divide the size: the queue is a ring. In place of a key that is not
    finite the old one stays.

    Args:
        size: Integer, number of keys kept.
        seed: Integer seed of the first directions, or None.

    Call arguments:
        keys: `(batch, units)`, of any length.
        training: Boolean, whether the keys enter the queue.

    Returns:
        Copy of the keys before this call, float32 `(size, units)`, rows of
        unit length, without gradient.

    Raises:
        ValueError: For a size below 1, or a batch larger than the queue.

    Example:

    >>> queue = keras_contrastive.layers.FeatureQueue(size=4096)
    >>> queue(keys, training=True).shape
    (4096, 128)

    Reference: He et al., 2019, https://arxiv.org/abs/1911.05722, section 3.1.
    """

    def __init__(
        self, size: int, seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**{**kwargs, "dtype": "float32"})
        check_integer("size", size, 1, meaning=" keys")
        self.size, self.first_keys = int(size), UnitRows(seed)
        self.seed = self.first_keys.seed

    def build(self, input_shape):
        shared = {"trainable": False, "aggregation": "only_first_replica"}
        self.keys = self.add_weight(
            name="keys",
            shape=(self.size, input_shape[-1]),
            initializer=self.first_keys,
            **shared,
        )
        self.next_row = self.add_weight(
            name="next_row",
            shape=(),
            dtype="int32",
            initializer="zeros",
            **shared,
        )

    def call(self, keys, training=False):
        held = self.read()
        if training:
            self.enqueue(keys, held)
        return held

    def read(self):
        """All keys, `(size, units)`, in the order of their rows."""
        return read_table(self.keys)

    def enqueue(self, keys, held):
        keys = gather(ops.stop_gradient(l2_normalize(keys)))
        count = keys.shape[0]
        if count is not None and count > self.size:
            raise ValueError(
                "`size` must not be below the number of keys of a step: make "
                "the queue larger or the batch smaller. "
                f"Received: size={self.size}, {count} keys"
            )
        count = ops.shape(keys)[0]
        rows = (self.next_row + ops.arange(count, dtype="int32")) % self.size
        enters = ops.all(ops.isfinite(keys), axis=-1, keepdims=True)
        keys = ops.where(enters, keys, ops.take(held, rows, axis=0))
        write_rows(self.keys, rows, keys)
        self.next_row.assign((self.next_row + count) % self.size)

    def compute_output_shape(self, input_shape):
        return (self.size, input_shape[-1])

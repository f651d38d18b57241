from typing import Any

import keras
from keras import ops

from keras_contrastive._check_integer import check_integer
from keras_contrastive._config import Configured
from keras_contrastive._export import export
from keras_contrastive.layers._table import read_table, write_rows
from keras_contrastive.layers._unit_rows import UnitRows
from keras_contrastive.ops import gather, global_rows, l2_normalize
from keras_contrastive.ops._random_bits import uniform_rows

# Keeps a bank and views of one seed from drawing the same numbers.
OWN_STREAM = 0x2545F491


@export
class MemoryBank(Configured, keras.layers.Layer):
    """Remembers one feature vector of each image of a data set.

    A call returns, for each image of a batch, its own row and the rows of its
    negatives; then, in training, it moves the own row to

        normalize(momentum * row + (1 - momentum) * features)

    Rows begin as random directions and are kept in float32 and at unit
    length; under `tf.distribute` the images of all replicas are written, so
    that all hold the same bank. Where a number comes twice in a batch, the
    last one counts. With features that are not finite the row stays.

    Negatives are drawn for each image from all rows, with replacement, as in
    the authors' code: the image itself may be among them. As the views' draws
    they are a function of the seed, the step and the row of the batch.

    Args:
        num_images: Integer, images of the data set.
        num_negatives: Integer, rows drawn for each image, or None for all
            rows of the bank, once for the whole batch.
        momentum: Float in [0, 1], share of a row that stays. Defaults to 0.5.
        seed: Integer seed of the first directions and of the negatives, or
            None.

    Call arguments:
        features: `(batch, units)`, of any length.
        index: Integers `(batch,)`, the number of each image.
        training: Boolean, whether the rows move. Outside training negatives
            are those of one fixed step.

    Returns:
        A pair: own rows `(batch, units)`, and negatives `(batch,
        num_negatives, units)` or `(num_images, units)`; float32, without
        gradient, as before this call.

    Raises:
        ValueError: For fewer than 2 images, a momentum outside [0, 1] or
            fewer than 1 negative.

    Example:

    >>> bank = keras_contrastive.layers.MemoryBank(50000, num_negatives=4096)
    >>> own, negatives = bank(features, index, training=True)

    Reference: Wu et al., 2018, https://arxiv.org/abs/1805.01978, section 3.
    """

    def __init__(
        self,
        num_images: int,
        num_negatives: int | None = None,
        momentum: float = 0.5,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**{**kwargs, "dtype": "float32"})
        check_integer("num_images", num_images, 2)
        if num_negatives is not None:
            check_integer("num_negatives", num_negatives, 1)
        if not 0 <= momentum <= 1:
            raise ValueError(
                "`momentum` is the share of a row that stays, in 0..1. "
                f"Received: momentum={momentum}"
            )
        self.num_images, self.num_negatives = int(num_images), num_negatives
        self.momentum, self.first_rows = momentum, UnitRows(seed)
        self.seed = self.first_rows.seed

    def build(self, features_shape):
        shared = {"trainable": False, "aggregation": "only_first_replica"}
        self.rows = self.add_weight(
            name="rows",
            shape=(self.num_images, features_shape[-1]),
            initializer=self.first_rows,
            **shared,
        )
        self.step = self.add_weight(
            name="step", shape=(), dtype="int32", initializer="zeros", **shared
        )

    def call(self, features, index, training=False):
        # Keras builds models under a strategy with placeholders of floats.
        index = ops.cast(index, "int32")
        step = self.step + 1 if training else 0
        own, negatives = self.read(index), self.negatives(step, index)
        if training:
            self.step.assign(step)
            self.update(own, features, index)
        return own, negatives

    def read(self, index=None):
        """All rows, `(num_images, units)`, or those in `index`."""
        if index is None:
            return read_table(self.rows)
        rows = ops.take(ops.convert_to_tensor(self.rows), index, axis=0)
        return ops.stop_gradient(rows)

    def negatives(self, step, index):
        if self.num_negatives is None:
            return self.read()
        places = global_rows(ops.shape(index)[0])
        seed = self.seed ^ OWN_STREAM
        uniforms = uniform_rows(seed, step, places, self.num_negatives)
        return self.read(ops.cast(uniforms * self.num_images, "int32"))

    def update(self, own, features, index):
        features = ops.stop_gradient(l2_normalize(features))
        moved = self.momentum * own + (1 - self.momentum) * features
        moved = l2_normalize(moved)
        moves = ops.all(ops.isfinite(moved), axis=-1, keepdims=True)
        moved = ops.where(moves, moved, own)
        moved, index = gather(moved), gather(index)
        # Which of two writes to one row wins is not defined: let them agree.
        moved = ops.take(moved, last_of_each(index), axis=0)
        write_rows(self.rows, index, moved)

    def compute_output_spec(self, features, index, training=False):
        batch, units = features.shape
        negatives = (batch, self.num_negatives, units)
        if self.num_negatives is None:
            negatives = (self.num_images, units)
        return keras.KerasTensor((batch, units)), keras.KerasTensor(negatives)


def last_of_each(index):
    """For each entry, the last place where its value stands."""
    places = ops.arange(ops.shape(index)[0], dtype="int32")
    same = index[:, None] == index[None]
    return ops.max(ops.where(same, places[None], -1), axis=1)

from typing import Any

import keras
from keras import ops

from keras_contrastive._config import Configured
from keras_contrastive._export import export
from keras_contrastive._seed import seed_of
from keras_contrastive.ops import global_rows
from keras_contrastive.ops._random_bits import uniform_rows

# Keeps places and views of one seed from drawing the same numbers.
OWN_STREAM = 0x1F83D9AB


@export
class RandomPlace(Configured, keras.layers.Layer):
    """One place of each map, drawn anew at every training step.

    A function of the seed, the step and the row of the global batch, as the
    draws of views are; outside training those of one fixed step.

    Args:
        seed: Integer seed, or None.

    Call arguments:
        maps: List of tensors `(batch, places, units)`.
        training: Boolean, moves the step on.

    Returns:
        List of tensors `(batch, units)`.

    Example:

    >>> vector_1, vector_2 = RandomPlace(seed=1)([map_1, map_2])
    """

    def __init__(self, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "autocast": False})
        self.seed = seed_of(seed)
        # It has its weight before it is called.
        self.built = True
        self.step = self.add_weight(
            name="step",
            shape=(),
            dtype="int32",
            initializer="zeros",
            trainable=False,
            aggregation="only_first_replica",
        )

    def call(self, maps, training=False):
        step = self.step + 1 if training else 0
        rows = global_rows(ops.shape(maps[0])[0])
        uniforms = uniform_rows(self.seed ^ OWN_STREAM, step, rows, len(maps))
        if training:
            self.step.assign(step)
        return [place(x, uniforms[:, i]) for i, x in enumerate(maps)]

    def compute_output_spec(self, maps, training=False):
        return [
            keras.KerasTensor((x.shape[0], x.shape[-1]), x.dtype) for x in maps
        ]


def place(x, uniform):
    """The place of each map `(batch, places, units)` of a number in [0, 1)."""
    index = ops.cast(uniform * x.shape[1], "int32")
    return ops.take_along_axis(x, index[:, None, None], axis=1)[:, 0]

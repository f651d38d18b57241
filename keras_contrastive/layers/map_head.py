from typing import Any

import keras
from keras import ops

from keras_contrastive._check_integer import check_integer
from keras_contrastive._config import Configured
from keras_contrastive._export import export
from keras_contrastive.layers._batch_norm import batch_norm

# What a shortcut has beside the identity.
NOISE = 0.01


@export
class MapHead(Configured, keras.layers.Layer):
    """Maps the features of each place of a map to a space of comparison.

    1x1 convolutions: a shortcut, which begins as the identity where it widens,
    and beside it two layers with ReLU between them, which begin at zero; the
    sum is batch normalized over all places of the batch.

    Args:
        units: Integer, width of the result. Defaults to 1024.

    Call arguments:
        inputs: `(batch, places, channels)`.

    Returns:
        `(batch, places, units)`, not normalized.

    Raises:
        ValueError: For a width below 1, or inputs of another rank.

    Example:

    >>> head = keras_contrastive.layers.MapHead(256)
    >>> head(ops.reshape(maps, (32, 8 * 8, 128))).shape
    (32, 64, 256)

    Reference: Bachman et al., 2019, https://arxiv.org/abs/1906.00910, the
        authors' code.
    """

    def __init__(self, units: int = 1024, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        check_integer("units", units, 1)
        self.units = units
        self.shortcut, self.hidden, self.last = (
            keras.layers.Dense(units, dtype=self.dtype_policy, **options)
            for options in (
                {"kernel_initializer": near_identity},
                {"use_bias": False, "activation": "relu"},
                {"use_bias": False, "kernel_initializer": "zeros"},
            )
        )
        self.norm = batch_norm(dtype=self.dtype_policy)

    def build(self, input_shape):
        if len(input_shape) != 3:
            raise ValueError(
                "`inputs` must be places of maps (batch, places, channels). "
                f"Received: shape {tuple(input_shape)}"
            )
        made = self.compute_output_shape(input_shape)
        self.shortcut.build(input_shape)
        self.hidden.build(input_shape)
        self.last.build(made)
        self.norm.build(made)

    def call(self, inputs, training=False):
        made = self.shortcut(inputs) + self.last(self.hidden(inputs))
        return self.norm(made, training=training)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.units)


def near_identity(shape, dtype=None):
    """Kernel of a shortcut, the usual one where it narrows."""
    if shape[0] > shape[1]:
        return keras.initializers.GlorotUniform()(shape, dtype)
    noise = keras.initializers.RandomUniform(-NOISE, NOISE)(shape, dtype)
    eye = ops.eye(*shape, dtype=dtype)
    return eye + (1 - eye) * noise

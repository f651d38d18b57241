from typing import Any

import keras
from keras import ops

from keras_contrastive._config import Configured
from keras_contrastive._export import export
from keras_contrastive.layers._batch_norm import batch_norm
from keras_contrastive.ops import unit_range


@export
class ColorViews(Configured, keras.layers.Layer):
    """Two views of an image: the first channel, and the other two.

    A generator may mix the channels of each pixel before. Each channel is
    then brought to mean 0 and variance 1 over the batch, or by moving
    averages outside training: a view cannot hide by being faint.

    Args:
        generator: Layer, images of three channels to such images, e.g.
            `ColorFlow`, or None for the channels as they are.

    Call arguments:
        images: `(batch, height, width, 3)`, `uint8` in 0..255 or float.
        training: Boolean.

    Returns:
        List of two float32 tensors, `(batch, height, width, 1)` and
        `(batch, height, width, 2)`.

    Example:

    >>> split = keras_contrastive.layers.ColorViews()
    >>> first, others = split(images)

    Reference: Tian et al., 2020, https://arxiv.org/abs/2005.10243, section
        4.2; that channels are standardized is ours.
    """

    def __init__(
        self, generator: keras.layers.Layer | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**{**kwargs, "dtype": "float32"})
        self.generator = generator
        self.norm = batch_norm(center=False, scale=False, dtype="float32")

    def build(self, input_shape):
        if self.generator is not None and not self.generator.built:
            self.generator.build(input_shape)
        self.norm.build(input_shape)

    def call(self, images, training=False):
        colors = unit_range(images)
        if self.generator is not None:
            colors = self.generator(colors)
        return ops.split(self.norm(colors, training=training), [1], axis=-1)

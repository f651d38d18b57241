import keras
from keras import ops
from keras.saving import deserialize_keras_object as deserialize
from keras.saving import serialize_keras_object as serialize

from keras_contrastive._export import export
from keras_contrastive.layers.batch_norm import BatchNorm
from keras_contrastive.ops import unit_range


@export
class ColorViews(keras.layers.Layer):
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
        4.2; that channels are standardised is ours.
    """

    def __init__(self, generator=None, **kwargs):
        super().__init__(**{**kwargs, "dtype": "float32"})
        self.generator = generator
        self.norm = BatchNorm(center=False, scale=False, dtype="float32")

    def build(self, input_shape):
        if self.generator is not None and not self.generator.built:
            self.generator.build(input_shape)
        self.norm.build(input_shape)

    def call(self, images, training=False):
        colors = unit_range(images)
        if self.generator is not None:
            colors = self.generator(colors)
        return ops.split(self.norm(colors, training=training), [1], axis=-1)

    def get_config(self):
        config = super().get_config()
        del config["dtype"]
        return {**config, "generator": serialize(self.generator)}

    @classmethod
    def from_config(cls, config):
        return cls(deserialize(config.pop("generator")), **config)

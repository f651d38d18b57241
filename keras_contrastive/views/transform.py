import contextlib
import re

import keras
import numpy as np
from keras import ops

from keras_contrastive.ops._random_bits import uniform_rows
from keras_contrastive.views.transforms._planes import (
    images_to_planes,
    planes_to_images,
)


class Transform(keras.layers.Layer):
    """A random change of images, cut into draw, apply and encode.

    * `draw` turns uniform numbers into parameters, one set an image;
    * `apply` is pure: the same draws give the same pixels;
    * `encode` lays the drawn parameters out as a vector.

    A new transform states `num_uniforms` and `parameters`, and implements
    `sample`, `neutral` and `apply`. An image that the probability leaves out
    gets the neutral parameters, so the compiled step has no branch.

    Images travel as planes, `(batch, channels, height, width)`, in 0..1
    unless a transform says otherwise; `replay` takes and returns ordinary
    images. To make several views of one image, derive from `Split`.

    Args:
        probability: Float in [0, 1], share of the images that are changed.
            Defaults to 1.0.

    Attributes:
        num_views: Integer, views that `apply` makes of an image.
        num_uniforms: Integer, uniform numbers that `sample` takes an image.
        parameters: Dictionary, name of a draw to its length in the vector.

    Example:

    >>> @keras.saving.register_keras_serializable("my_package")
    ... class Invert(keras_contrastive.views.Transform):
    ...     def sample(self, uniforms, image_shape):
    ...         return {}
    ...
    ...     def apply(self, planes, draws):
    ...         applied = ops.reshape(draws["applied"], (-1, 1, 1, 1))
    ...         return planes + applied * (1 - 2 * planes)
    """

    num_views = 1
    num_uniforms = 0
    parameters = {"applied": 1}

    def __init__(self, probability=1.0, **kwargs):
        # Names without a counter: they head the columns of the vector.
        name = re.sub(r"(?<!^)(?=[A-Z])", "_", type(self).__name__).lower()
        super().__init__(**{"dtype": "float32", "name": name, **kwargs})
        if not 0 <= probability <= 1:
            raise ValueError(
                "`probability` is a share of the images, from 0 to 1. "
                f"Received: probability={probability}"
            )
        self.probability = probability

    def call(self, images):
        raise NotImplementedError(
            "A transform draws nothing by itself. Call "
            "`keras_contrastive.views.MultiView([Pipeline([transform])])` on "
            "the images, or `transform.replay(images, draws)` with draws of "
            f"your own. Received: a call of `{type(self).__name__}`"
        )

    def sample(self, uniforms, image_shape):
        """Parameters of changed images: `{name: (batch, ...)}`."""
        raise NotImplementedError

    def neutral(self, image_shape):
        """Parameters that change nothing: `{name: number or vector}`."""
        return {}

    def apply(self, planes, draws):
        """Changes planes; pure, differentiable, of static shape."""
        raise NotImplementedError

    def check(self, image_shape):
        """Raises `ValueError` if it cannot take `(h, w, channels)` images."""

    def output_image_shape(self, image_shape):
        """Shape of the result, for images `(height, width, channels)`."""
        return tuple(image_shape)

    @property
    def num_columns(self):
        """Uniform numbers that `draw` takes for each image."""
        return 1 + self.num_uniforms

    def draw(self, uniforms, image_shape):
        """Turns uniform numbers into the parameters of each image.

        Args:
            uniforms: float32 tensor `(batch, num_columns)` in [0, 1).
            image_shape: Tuple `(height, width, channels)` of an image.

        Returns:
            Dictionary of float32 tensors `(batch, ...)`. `"applied"` is 1 for
            images that are changed and 0 for the others.
        """
        applied = uniforms[:, 0] < self.probability
        draws = self.identity(ops.shape(uniforms)[0], image_shape)
        draws["applied"] = ops.cast(applied, "float32")
        sampled = self.sample(uniforms[:, 1:], image_shape)
        for name, value in sampled.items():
            mask = ops.reshape(applied, (-1,) + (1,) * (len(value.shape) - 1))
            draws[name] = ops.where(mask, value, draws[name])
        return draws

    def identity(self, batch_size, image_shape):
        """Draws that leave every image as it is, as `draw` returns them."""
        neutral = {"applied": 0.0, **self.neutral(image_shape)}
        return {
            name: ops.broadcast_to(
                ops.convert_to_tensor(value, "float32"),
                (batch_size, *np.shape(value)),
            )
            for name, value in neutral.items()
        }

    def encode(self, draws):
        """Lays draws out as a float32 tensor `(batch, num_parameters)`."""
        columns = [
            ops.reshape(draws[name], (-1, length))
            for name, length in self.parameters.items()
        ]
        # A transform without parameters leaves an empty column.
        columns.append(ops.zeros_like(draws["applied"])[:, None][:, :0])
        return ops.concatenate(columns, axis=1)

    @property
    def parameter_names(self):
        """One name a column of `encode`."""
        names = []
        for name, length in self.parameters.items():
            suffixes = [""] if length == 1 else [f"_{i}" for i in range(length)]
            names += [f"{self.name}/{name}{suffix}" for suffix in suffixes]
        return names

    def moments(self, image_shape, num_draws=65536):
        """Mean and standard deviation of the encoded parameters.

        They are measured on a fixed sample of draws; a parameter that never
        varies gets a deviation of 1, so that dividing by it is safe.

        Args:
            image_shape: Tuple `(height, width, channels)` of an image.
            num_draws: Integer, size of the sample.

        Returns:
            Two float32 arrays `(num_parameters,)`.
        """
        return moments_of(self.sample_vectors(image_shape, num_draws))

    def sample_vectors(self, image_shape, num_draws):
        """Encoded parameters of a fixed sample, an array a row a draw."""
        rows = np.arange(num_draws, dtype="int32")
        with at_once():
            uniforms = uniform_rows(0, 0, rows, self.num_columns)
            vectors = self.encode(self.draw(uniforms, image_shape))
            return ops.convert_to_numpy(vectors)

    def replay(self, images, draws):
        """Applies draws to ordinary images.

        Args:
            images: `(batch, height, width, channels)`, `uint8` in 0..255 or
                float in 0..1.
            draws: What `draw` or `identity` returned for as many images.

        Returns:
            float32 images, channels last; a list of them where `apply` makes
            several views.
        """
        planes = self.apply(images_to_planes(images), draws)
        return keras.tree.map_structure(planes_to_images, planes)

    def get_config(self):
        config = super().get_config()
        del config["dtype"]
        return {**config, "probability": self.probability}


def at_once():
    """Where numbers are computed, also while a step is being traced."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        return tf.init_scope()
    if keras.backend.backend() == "jax":
        import jax

        return jax.ensure_compile_time_eval()
    return contextlib.nullcontext()


def moments_of(vectors):
    vectors = vectors.astype("float64")
    std = vectors.std(0)
    std[std < 1e-6] = 1
    return vectors.mean(0).astype("float32"), std.astype("float32")


class Split(Transform):
    """A transform that makes several views of one image, from one draw.

    It stands last in its pipeline. `apply` returns a list of planes and
    `output_image_shape` a list of shapes, one for each of `num_views`.

    Example:

    >>> @keras.saving.register_keras_serializable("my_package")
    ... class Halves(keras_contrastive.views.Split):
    ...     num_views = 2
    ...     parameters = {}
    ...
    ...     def sample(self, uniforms, image_shape):
    ...         return {}
    ...
    ...     def output_image_shape(self, image_shape):
    ...         height, width, channels = image_shape
    ...         return [(height, width // 2, channels)] * 2
    ...
    ...     def apply(self, planes, draws):
    ...         return ops.split(planes, 2, axis=3)
    """

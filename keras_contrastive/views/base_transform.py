import contextlib
import re
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_contrastive._config import Configured
from keras_contrastive.ops._random_bits import uniform_rows
from keras_contrastive.views.transforms._planes import (
    image_shape_of,
    images_to_planes,
    planes_to_images,
)


class BaseTransform(Configured, keras.layers.Layer):
    """A change of every image, cut into draw, change and encode.

    * `draw` turns uniform numbers into parameters, one set per image;
    * `change` is pure: the same draws give the same pixels;
    * `encode` lays the drawn parameters out as a vector.

    Derive from it a change that no image may be spared, because the result
    differs in range or shape; from `Transform` one that acts on a share of
    the images; from `Split` one that makes several views of an image. A new
    transform states `num_uniforms` and `parameters`, and implements `sample`,
    `neutral` and `change`. It keeps each argument of its constructor in an
    attribute of that name, from which its config is written.

    Images travel as planes, `(batch, channels, height, width)`, in 0..1
    unless a transform says otherwise; `replay` takes and returns ordinary
    images.

    Attributes:
        num_views: Integer, views that `change` makes of an image.
        num_uniforms: Integer, uniform numbers that `sample` takes per image.
        parameters: Dictionary, name of a draw to its length in the vector.
        probability: Float, share of the images that are changed: all of
            them, except in a `Transform`.
        takes_patches: Boolean, whether it may follow a transform that makes
            patches. Image shapes are then `(..., height, width, channels)`
            and planes `(batch, ..., channels, height, width)`.

    Example:

    >>> @keras.saving.register_keras_serializable("my_package")
    ... class Center(keras_contrastive.views.BaseTransform):
    ...     def change(self, planes, draws):
    ...         return 2 * planes - 1
    """

    num_views: int = 1
    num_uniforms: int = 0
    parameters: dict[str, int] = {}
    probability: float = 1.0
    takes_patches: bool = False

    def __init__(self, **kwargs: Any) -> None:
        # Names without a counter: they head the columns of the vector.
        name = snake_case(type(self).__name__)
        super().__init__(**{"dtype": "float32", "name": name, **kwargs})
        # Never called as a layer; Keras would build the model at each step.
        self.built = True

    def call(self, images: Any) -> Any:
        raise NotImplementedError(
            "A transform draws nothing by itself. Call "
            "`keras_contrastive.views.MultiView([Pipeline([transform])])` on "
            "the images, or `transform.replay(images, draws)` with draws of "
            f"your own. Received: a call of `{type(self).__name__}`"
        )

    def sample(
        self, uniforms: Any, image_shape: tuple[int, int, int]
    ) -> dict[str, Any]:
        """Parameters of changed images: `{name: (batch, ...)}`."""
        return {}

    def neutral(self, image_shape: tuple[int, int, int]) -> dict[str, Any]:
        """Parameters that change nothing: `{name: number or vector}`."""
        return {}

    def change(self, planes: Any, draws: Any) -> Any:
        """Changes planes; pure, differentiable, of static shape."""
        raise NotImplementedError

    def check(self, image_shape: tuple[int, int, int]) -> None:
        """Raises `ValueError` if it cannot take `(h, w, channels)` images."""

    def output_image_shape(self, image_shape: tuple[int, int, int]) -> Any:
        """Shape of the result, for images `(height, width, channels)`."""
        return tuple(image_shape)

    @property
    def num_columns(self) -> int:
        """Uniform numbers that `draw` takes for each image."""
        return 1 + self.num_uniforms

    def draw(self, uniforms: Any, image_shape: tuple[int, int, int]) -> Any:
        """Turns uniform numbers into the parameters of each image.

        Args:
            uniforms: float32 tensor `(batch, num_columns)` in [0, 1).
            image_shape: Tuple `(height, width, channels)` of an image.

        Returns:
            Dictionary of float32 tensors `(batch, ...)`. `"applied"` is 1 for
            images that are changed and 0 for the others, which have neutral
            parameters: the compiled step has no branch.
        """
        applied = uniforms[:, 0] < self.probability
        draws = self.identity(ops.shape(uniforms)[0], image_shape)
        draws["applied"] = ops.cast(applied, "float32")
        sampled = self.sample(uniforms[:, 1:], image_shape)
        for name, value in sampled.items():
            mask = ops.reshape(applied, (-1,) + (1,) * (len(value.shape) - 1))
            draws[name] = ops.where(mask, value, draws[name])
        return draws

    def identity(
        self, batch_size: Any, image_shape: tuple[int, int, int]
    ) -> Any:
        """Draws that leave every image as it is, as `draw` returns them."""
        neutral = {"applied": 0.0, **self.neutral(image_shape)}
        return {
            name: ops.broadcast_to(
                ops.convert_to_tensor(value, "float32"),
                (batch_size, *np.shape(value)),
            )
            for name, value in neutral.items()
        }

    def original(self, planes: Any) -> Any:
        """Planes without augmentation, of the size and range of the views."""
        image_shape = image_shape_of(planes)
        draws = self.identity(ops.shape(planes)[0], image_shape)
        return self.change(planes, draws)

    def encode(self, draws: Any) -> Any:
        """Lays draws out as a float32 tensor `(batch, num_parameters)`."""
        columns = [
            ops.reshape(draws[name], (-1, length))
            for name, length in self.parameters.items()
        ]
        # A transform without parameters leaves an empty column.
        columns.append(ops.zeros_like(draws["applied"])[:, None][:, :0])
        return ops.concatenate(columns, axis=1)

    @property
    def parameter_names(self) -> list[str]:
        """One name per column of `encode`."""
        names = []
        for name, length in self.parameters.items():
            suffixes = [""] if length == 1 else [f"_{i}" for i in range(length)]
            names += [f"{self.name}/{name}{suffix}" for suffix in suffixes]
        return names

    def moments(
        self, image_shape: tuple[int, int, int], *, num_draws: int = 65536
    ) -> tuple[Any, Any]:
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

    def sample_vectors(
        self, image_shape: tuple[int, int, int], num_draws: int
    ) -> Any:
        """Encoded parameters of a fixed sample, an array, one row per draw."""
        rows = np.arange(num_draws, dtype="int32")
        with at_once():
            uniforms = uniform_rows(0, 0, rows, self.num_columns)
            vectors = self.encode(self.draw(uniforms, image_shape))
            return ops.convert_to_numpy(vectors)

    def replay(self, images: Any, draws: Any) -> Any:
        """Changes ordinary images under given draws.

        Args:
            images: `(batch, height, width, channels)`, `uint8` in 0..255 or
                float in 0..1.
            draws: What `draw` or `identity` returned for a batch of this size.

        Returns:
            float32 images, channels last; a list of them where `change` makes
            several views.
        """
        planes = self.change(images_to_planes(images), draws)
        return keras.tree.map_structure(planes_to_images, planes)


def snake_case(name):
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


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

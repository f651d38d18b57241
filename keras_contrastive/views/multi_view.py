from typing import Any

import keras
import numpy as np
from keras import ops

from keras_contrastive._check_images import check_image_type
from keras_contrastive._config import Configured
from keras_contrastive._export import export
from keras_contrastive._seed import seed_of
from keras_contrastive.ops import global_rows
from keras_contrastive.ops._random_bits import uniform_rows
from keras_contrastive.views._transforms_of import (
    KINDS,
    is_sequence,
    transforms_of,
)
from keras_contrastive.views.base_transform import moments_of
from keras_contrastive.views.pipeline import Pipeline
from keras_contrastive.views.transforms._planes import (
    images_to_planes,
    planes_to_images,
)

# Of one image, all made by one program.
MAX_VIEWS = 100


@export
class MultiView(Configured, keras.layers.Layer):
    """Makes several random views of each image.

    Each pipeline makes one view, or several if it ends in a `Split`.

    Every image gets its own parameters. They are a function of the seed, the
    step and the row of the image in the global batch: the same on TensorFlow,
    JAX and torch, and whatever the number of replicas. The step is a weight
    that moves on with every training batch and is saved with the model, so a
    loaded model continues the stream. Outside training the draws are those
    of one fixed step and nothing moves: `evaluate` is repeatable.

    Args:
        pipelines: List of `Pipeline`s, or of what a `Pipeline` takes, such as
            a list of layers of Keras: one for each view.
        seed: Integer in [0, 2^31), or None to draw one from Keras' global
            seed (`keras.utils.set_random_seed`).

    Call arguments:
        images: `(batch, height, width, channels)`, `uint8` in 0..255 or
            float in 0..1.
        training: Boolean, moves the stream on.
        return_parameters: Boolean, also return the drawn parameters.

    Returns:
        List of float32 tensors `(batch, height, width, channels)`, one per
        view, in 0..1 unless a transform says otherwise; with
        `return_parameters`, the pair of that list and a list of float32
        tensors `(batch, parameters)`, one per view, whose columns are named
        by `parameter_names` of its pipeline.

    Example:

    >>> views = keras_contrastive.views.simclr(image_size=32)
    >>> view_1, view_2 = views(images, training=True)
    """

    def __init__(
        self,
        pipelines: list[Any],
        *,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**{"dtype": "float32", **kwargs})
        is_list = isinstance(pipelines, (list, tuple))
        if not is_list or not pipelines or not all(map(is_view, pipelines)):
            raise ValueError(
                "`pipelines` must be a non-empty list with, for each view, a "
                f"`keras_contrastive.views.Pipeline` or a list of {KINDS}: "
                "`MultiView([layers, layers])`. "
                f"Received: pipelines={pipelines}"
            )
        self.pipelines = [pipeline_of(parts) for parts in pipelines]
        self.seed = seed_of(seed)
        self.compiled_draws = self.make_draws
        self.compiled_views = self.make_views
        if all(pipeline.supports_jit for pipeline in self.pipelines):
            self.compiled_draws = compiled(self.make_draws, xla=False)
            self.compiled_views = compiled(self.make_views)

    def build(self, input_shape: Any) -> None:
        self.step = self.add_weight(
            name="step",
            shape=(),
            dtype="int32",
            initializer="zeros",
            trainable=False,
            aggregation="only_first_replica",
        )

    def call(
        self,
        images: Any,
        training: bool = False,
        return_parameters: bool = False,
    ) -> Any:
        self.check(images)
        # Step 0 is kept for evaluation.
        step = self.step + 1 if training else 0
        draws = self.draw(ops.shape(images)[0], images.shape[1:], step)
        if training:
            self.step.assign(step)
        views = self.replay(images, draws)
        if not return_parameters:
            return views
        return views, self.encode(draws)

    def draw(
        self, batch_size: Any, image_shape: tuple[int, int, int], step: Any
    ) -> list[Any]:
        """Draws of each pipeline for the local rows of a batch.

        Args:
            batch_size: Integer, or scalar tensor: the local batch.
            image_shape: Tuple `(height, width, channels)` of an image.
            step: Integer or int32 scalar tensor; 0 is that of evaluation.
        """
        step = ops.convert_to_tensor(step, "int32")
        return self.compiled_draws(
            self.seed, step, global_rows(batch_size), tuple(image_shape)
        )

    def make_draws(
        self, seed: int, step: Any, rows: Any, image_shape: Any
    ) -> list[Any]:
        columns = [pipeline.num_columns for pipeline in self.pipelines]
        uniforms = uniform_rows(seed, step, rows, sum(columns))
        draws, start = [], 0
        for pipeline, count in zip(self.pipelines, columns, strict=True):
            own = uniforms[:, start : start + count]
            draws.append(pipeline.draw(own, image_shape))
            start += count
        return draws

    def replay(self, images: Any, draws: Any) -> list[Any]:
        """List of the views of images under given draws."""
        return self.compiled_views(images, draws)

    def make_views(self, images: Any, draws: Any) -> list[Any]:
        planes = images_to_planes(images)
        made = [
            pipeline.change(planes, drawn)
            for pipeline, drawn in zip(self.pipelines, draws, strict=True)
        ]
        return [planes_to_images(view) for view in keras.tree.flatten(made)]

    def encode(self, draws: Any) -> list[Any]:
        """Parameter vectors `(batch, parameters)`, one per view."""
        vectors: list[Any] = []
        for pipeline, drawn in zip(self.pipelines, draws, strict=True):
            vectors += [pipeline.encode(drawn)] * pipeline.num_views
        return vectors

    def originals(self, images: Any) -> Any:
        """Images without augmentation, of the size and range of the views.

        Of the first pipeline they get what acts on every image, such as a
        `Normalize`, and the resizing.

        Args:
            images: `(batch, height, width, channels)`, `uint8` in 0..255 or
                float in 0..1.

        Returns:
            float32 tensor `(batch, height, width, channels)`.
        """
        planes = self.pipelines[0].original(images_to_planes(images))
        return planes_to_images(planes)

    def moments(
        self, image_shape: tuple[int, int, int], *, num_draws: int = 65536
    ) -> tuple[Any, Any]:
        """Mean and standard deviation of the parameters, over all views.

        Args:
            image_shape: Tuple `(height, width, channels)` of an image.
            num_draws: Integer, size of the sample for each pipeline.

        Returns:
            Two float32 arrays `(parameters,)`; see `BaseTransform.moments`.
        """
        samples = [
            p.sample_vectors(image_shape, num_draws) for p in self.pipelines
        ]
        return moments_of(np.concatenate(samples))

    def check(self, images: Any) -> None:
        """Raises `ValueError` for images of which it cannot make views.

        Args:
            images: Array or tensor, perhaps symbolic.
        """
        check_image_type(images)
        image_shape = tuple(images.shape[1:])
        if None in image_shape:
            raise ValueError(
                "`images` must have a known height, width and number of "
                f"channels. Received: shape {tuple(images.shape)}"
            )
        for pipeline in self.pipelines:
            pipeline.check(image_shape)

    def compute_output_spec(
        self,
        images: Any,
        training: bool = False,
        return_parameters: bool = False,
    ) -> Any:
        self.check(images)
        batch, *image_shape = images.shape
        views, parameters = [], []
        for pipeline in self.pipelines:
            num_columns = len(pipeline.parameter_names)
            vector = keras.KerasTensor((batch, num_columns))
            shapes = pipeline.output_image_shape(tuple(image_shape))
            for shape in shapes if pipeline.num_views > 1 else [shapes]:
                views.append(keras.KerasTensor((batch, *shape)))
                parameters.append(vector)
        return (views, parameters) if return_parameters else views


def is_view(parts):
    return isinstance(parts, Pipeline) or is_sequence(parts)


def pipeline_of(parts):
    if isinstance(parts, Pipeline):
        return parts
    return Pipeline(transforms_of(parts, "pipelines"))


def compiled(function, xla=True):
    """Traces a function of tensors once, on TensorFlow, for all its callers.

    Keras compiles a whole step with XLA on one TensorFlow GPU, not on CPUs or
    under a strategy. Views are a long chain of small operations and run twice
    as fast on CPUs in one XLA program of their own. JAX always compiles.
    """
    if keras.backend.backend() != "tensorflow":
        return function
    import tensorflow as tf

    return tf.function(function, jit_compile=xla or None, autograph=False)

from typing import Any

import keras
from keras import ops

from keras_contrastive._export import export
from keras_contrastive.views.adapters._adaptable import adapted
from keras_contrastive.views.base_transform import snake_case
from keras_contrastive.views.transform import Transform
from keras_contrastive.views.transforms._planes import (
    images_to_planes,
    planes_to_images,
)

# TensorFlow takes floats for 0..1 here, and so does the layer.
UNIT_RANGE = ("RandomJpegQuality",)


@export
class Augment(Transform):
    """Any image augmentation layer of Keras or keras-cv, as a transform.

    Whatever the layer draws comes from the stream of the views, for each image
    separately, also where the layer by itself draws once for a batch. Its
    seed, its state and the global seeds have no effect: the same draws give
    the same pixels, on any number of replicas.

    The parameters that a layer hands out by `get_random_transformation` (or
    `..._batch`) are recorded, encoded and replayed, as the layer names and
    measures them, if their length does not depend on the size of the images:
    flips, shifts, angles, boxes, factors, blur kernels. Layers that hand out
    nothing (`RandomColorJitter`, keras-cv's `RandAugment` and `RandomChoice`)
    or masks and noise (`RandomErasing`, `GridMask`) encode only `applied`;
    they replay by their key.

    The layer sees float32 images in its own `value_range`; its result is
    brought back to 0..1 and clipped. It always augments: `training=False`,
    which keras-cv ignores, gives the draws of one fixed step, as with all
    views. It computes in float32 also in models of half precision, where some
    keras-cv layers return NaN.

    Layers of `keras.layers` run on all backends and give the same draws
    there; with those that XLA cannot compile on TensorFlow (rotation, zoom,
    ...) Keras does not compile the step. Layers of keras-cv run in TensorFlow:
    inside a model on TensorFlow and, on the host, on torch; on JAX only
    outside of models, as in `to_dataset`.

    Args:
        layer: Layer of `keras.layers` or `keras_cv.layers`. Its dtype policy
            is set to float32.
        probability: Float in [0, 1], share of the images that are changed.
            The others stay as they are, resized where the layer resizes.
        value_range: Pair of floats, the range in which the layer takes
            images. Defaults to the `value_range` of the layer, or to
            `(0, 255)` if it has none.

    Parameters: `applied` (0 or 1), then what the layer hands out; 0 where
        not applied.

    Raises:
        ValueError: For layers that mix images (`MixUp`, ...), wrap another
            (`RandomApply`, `Augmenter`), draw numbers that cannot be replaced
            (`AugMix`, `RandomElasticTransform`), or change the number of
            channels.

    Example:

    >>> hue = keras_contrastive.views.Augment(
    ...     keras.layers.RandomHue(0.2, value_range=(0, 1)), probability=0.8
    ... )
    >>> hue.parameter_names
    ['random_hue/applied', 'random_hue/factor']
    """

    num_uniforms = 2

    def __init__(
        self,
        layer: keras.layers.Layer,
        *,
        value_range: tuple[float, float] | None = None,
        **kwargs: Any,
    ) -> None:
        kind = type(layer).__name__
        super().__init__(**{"name": snake_case(kind), **kwargs})
        # Not a layer itself, so that Keras leaves the adapted one alone.
        self.adapted = adapted(layer)
        if value_range is None:
            value_range = (0, 1) if kind in UNIT_RANGE else (0, 255)
            for attribute in ("_value_range", "value_range"):
                value_range = getattr(layer, attribute, value_range)
        if len(value_range) != 2 or not value_range[0] < value_range[1]:
            raise ValueError(
                "`value_range` is the lowest and the highest value of a pixel. "
                f"Received: value_range={value_range}"
            )
        self.value_range = tuple(value_range)
        self.parameters = {"applied": 1, **self.adapted.parameters}
        self.supports_jit = self.adapted.supports_jit

    @property
    def layer(self) -> keras.layers.Layer:
        """The layer that is adapted."""
        return self.adapted.layer

    def sample(
        self, uniforms: Any, image_shape: tuple[int, int, int]
    ) -> dict[str, Any]:
        # Two words of 24 bits, which float32 holds exactly.
        key = ops.floor(uniforms * 2.0**24)
        drawn = self.adapted.draw(ops.cast(key, "int32"), tuple(image_shape))
        return {"key": key, **drawn}

    def neutral(self, image_shape: tuple[int, int, int]) -> dict[str, Any]:
        neutral = {
            name: 0.0 if length == 1 else [0.0] * length
            for name, length in self.adapted.parameters.items()
        }
        return {"key": [0.0, 0.0], **neutral}

    def change(self, planes: Any, draws: Any) -> Any:
        images = planes_to_images(planes)
        shape = self.output_image_shape(tuple(images.shape[1:]))
        low, high = self.value_range
        changed = self.adapted.change(
            low + images * (high - low),
            ops.cast(draws["key"], "int32"),
            ops.convert_to_tensor(draws["applied"]),
            {
                name: ops.convert_to_tensor(draws[name])
                for name in self.adapted.parameters
            },
        )
        changed = ops.clip((changed - low) / (high - low), 0.0, 1.0)
        if shape[:2] != tuple(images.shape[1:3]):
            images = ops.image.resize(
                images,
                shape[:2],
                antialias=True,
                data_format="channels_last",
            )
        applied = ops.reshape(draws["applied"], (-1, 1, 1, 1)) > 0
        changed = ops.where(applied, changed, images)
        return images_to_planes(ops.reshape(changed, (-1, *shape)))

    def check(self, image_shape: tuple[int, int, int]) -> None:
        shape = self.output_image_shape(image_shape)
        if shape[2:] != tuple(image_shape[2:]) or None in shape:
            raise ValueError(
                f"`{type(self.layer).__name__}` must give all images "
                "one known size and as many channels as it takes. Received: "
                f"{shape} for images {tuple(image_shape)}"
            )

    def output_image_shape(
        self, image_shape: tuple[int, int, int]
    ) -> tuple[int, ...]:
        return self.adapted.output_shape(tuple(image_shape))

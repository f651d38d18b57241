import collections
from collections.abc import Iterator
from typing import Any

from keras import ops

from keras_contrastive._export import export
from keras_contrastive.views._transforms_of import (
    KINDS,
    is_sequence,
    transforms_of,
)
from keras_contrastive.views.base_transform import BaseTransform


@export
class Pipeline(BaseTransform):
    """Makes one view of an image by transforms, one after the other.

    A pipeline is itself a transform: it draws, changes and encodes for all its
    parts, and may be a part of another pipeline.

    Args:
        transforms: List of transforms, in the order in which they act. One
            that makes several views of an image must be the last. A layer of
            Keras or keras-cv is adapted with the defaults of `Augment`; a
            list, a `keras.Sequential` or a `keras.layers.Pipeline` of layers
            stands for its parts, and may be all of `transforms`;
            `keras.layers.Rescaling(1 / 255)` is left out, as views are in
            0..1.

    Attributes:
        transforms: List of the transforms that came of them.

    Raises:
        ValueError: For what is none of these, such as a function, and layers
            that `Augment` refuses.

    Draws: list with the draws of each transform. The encoded vector holds
        their parameters in the same order.

    Example:

    >>> pipeline = keras_contrastive.views.Pipeline(
    ...     [
    ...         keras_contrastive.views.RandomResizedCrop(32),
    ...         keras_contrastive.views.Grayscale(probability=0.2),
    ...     ]
    ... )
    >>> pipeline.parameter_names[-1]
    'grayscale/applied'
    >>> layers = [keras.layers.RandomFlip(), keras.layers.RandomContrast(0.4)]
    >>> pipeline = keras_contrastive.views.Pipeline(layers)
    >>> pipeline.parameter_names[-1]
    'random_contrast/contrast_factor'
    """

    def __init__(self, transforms: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        found: list[BaseTransform] = []
        if is_sequence(transforms):
            found = transforms_of(transforms, "transforms")
        if not found:
            raise ValueError(
                f"`transforms` must be a non-empty list of {KINDS}. "
                f"Received: transforms={transforms}"
            )
        for transform in found[:-1]:
            if transform.num_views > 1:
                raise ValueError(
                    f"`{type(transform).__name__}` makes several views of an "
                    "image and must be the last of `transforms`. Received: "
                    f"transforms={transforms}"
                )
        self.transforms = found
        self.num_views = self.transforms[-1].num_views
        self.supports_jit = all(t.supports_jit for t in self.transforms)
        self.takes_patches = all(t.takes_patches for t in self.transforms)

    def shapes_before(
        self, image_shape: tuple[int, int, int]
    ) -> Iterator[tuple[BaseTransform, Any]]:
        """Pairs of a transform and the shape of the images that reach it."""
        for transform in self.transforms:
            yield transform, image_shape
            image_shape = transform.output_image_shape(image_shape)

    def check(self, image_shape: tuple[int, int, int]) -> None:
        for transform, shape in self.shapes_before(image_shape):
            if len(shape) != 3 and not transform.takes_patches:
                raise ValueError(
                    f"`{type(transform).__name__}` takes images and must come "
                    "before the transform that makes patches. Received: "
                    f"patches of shape {tuple(shape)}"
                )
            transform.check(shape)

    def output_image_shape(self, image_shape: tuple[int, int, int]) -> Any:
        for transform in self.transforms:
            image_shape = transform.output_image_shape(image_shape)
        return image_shape

    @property
    def num_columns(self) -> int:
        return sum(transform.num_columns for transform in self.transforms)

    def draw(self, uniforms: Any, image_shape: tuple[int, int, int]) -> Any:
        draws, start = [], 0
        for transform, shape in self.shapes_before(image_shape):
            stop = start + transform.num_columns
            draws.append(transform.draw(uniforms[:, start:stop], shape))
            start = stop
        return draws

    def identity(
        self, batch_size: Any, image_shape: tuple[int, int, int]
    ) -> Any:
        return [
            transform.identity(batch_size, shape)
            for transform, shape in self.shapes_before(image_shape)
        ]

    def change(self, planes: Any, draws: Any) -> Any:
        for transform, drawn in zip(self.transforms, draws, strict=True):
            planes = transform.change(planes, drawn)
        return planes

    def original(self, planes: Any) -> Any:
        for transform in self.transforms:
            planes = transform.original(planes)
        return planes

    def encode(self, draws: Any) -> Any:
        vectors = [
            transform.encode(drawn)
            for transform, drawn in zip(self.transforms, draws, strict=True)
        ]
        return ops.concatenate(vectors, axis=1)

    @property
    def parameter_names(self) -> list[str]:
        return [
            name.replace(f"{transform.name}/", f"{label}/", 1)
            for transform, label in zip(
                self.transforms, self.labels, strict=True
            )
            for name in transform.parameter_names
        ]

    @property
    def labels(self) -> list[str]:
        """One name per transform, numbered where it comes again."""
        labels: list[str] = []
        seen: collections.Counter[str] = collections.Counter()
        for transform in self.transforms:
            repeat = seen[transform.name]
            seen[transform.name] += 1
            suffix = f"_{repeat}" if repeat else ""
            labels.append(f"{transform.name}{suffix}")
        return labels

import collections

from keras import ops
from keras.saving import deserialize_keras_object as deserialize
from keras.saving import serialize_keras_object as serialize

from keras_contrastive._export import export
from keras_contrastive.views.transform import Transform
from keras_contrastive.views.transforms._every_image import EveryImage


@export
class Pipeline(Transform):
    """Transforms one after the other: what makes one view of an image.

    A pipeline is itself a transform: it draws, applies and encodes for all its
    parts, and may stand inside another pipeline.

    Args:
        transforms: List of `Transform`s, in the order in which they act. One
            that makes several views of an image may only stand last.

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
    """

    def __init__(self, transforms, **kwargs):
        if "probability" in kwargs:
            raise ValueError(
                "`probability` belongs to each transform of a pipeline, which "
                f"has none. Received: probability={kwargs['probability']}"
            )
        super().__init__(**kwargs)
        if not is_list_of(Transform, transforms):
            raise ValueError(
                "`transforms` must be a non-empty list of "
                "`keras_contrastive.views` transforms. "
                f"Received: transforms={transforms}"
            )
        for transform in transforms[:-1]:
            if transform.num_views > 1:
                raise ValueError(
                    f"`{type(transform).__name__}` makes several views of an "
                    "image and must be the last of `transforms`. Received: "
                    f"transforms={transforms}"
                )
        self.transforms = list(transforms)
        self.supports_jit = all(t.supports_jit for t in self.transforms)

    def shapes_before(self, image_shape):
        """Pairs of a transform and the shape of the images that reach it."""
        for transform in self.transforms:
            yield transform, image_shape
            image_shape = transform.output_image_shape(image_shape)

    def check(self, image_shape):
        for transform, shape in self.shapes_before(image_shape):
            if len(shape) != 3:
                raise ValueError(
                    f"`{type(transform).__name__}` takes images and must come "
                    "before what makes patches of them. Received: patches of "
                    f"shape {tuple(shape)}"
                )
            transform.check(shape)

    def output_image_shape(self, image_shape):
        for transform in self.transforms:
            image_shape = transform.output_image_shape(image_shape)
        return image_shape

    @property
    def num_views(self):
        return self.transforms[-1].num_views

    @property
    def num_columns(self):
        return sum(transform.num_columns for transform in self.transforms)

    def draw(self, uniforms, image_shape):
        draws, start = [], 0
        for transform, shape in self.shapes_before(image_shape):
            stop = start + transform.num_columns
            draws.append(transform.draw(uniforms[:, start:stop], shape))
            start = stop
        return draws

    def identity(self, batch_size, image_shape):
        return [
            transform.identity(batch_size, shape)
            for transform, shape in self.shapes_before(image_shape)
        ]

    def apply(self, planes, draws):
        for transform, drawn in zip(self.transforms, draws, strict=True):
            planes = transform.apply(planes, drawn)
        return planes

    def original(self, planes):
        """The images of the views if nothing is drawn: resized, normalised."""
        channels, height, width = planes.shape[1:]
        for transform, shape in self.shapes_before((height, width, channels)):
            if isinstance(transform, Pipeline):
                planes = transform.original(planes)
                continue
            reshapes = transform.output_image_shape(shape) != tuple(shape)
            if reshapes or isinstance(transform, EveryImage):
                draws = transform.identity(ops.shape(planes)[0], shape)
                planes = transform.apply(planes, draws)
        return planes

    def encode(self, draws):
        vectors = [
            transform.encode(drawn)
            for transform, drawn in zip(self.transforms, draws, strict=True)
        ]
        return ops.concatenate(vectors, axis=1)

    @property
    def parameter_names(self):
        return [
            name.replace(f"{transform.name}/", f"{label}/", 1)
            for transform, label in zip(
                self.transforms, self.labels, strict=True
            )
            for name in transform.parameter_names
        ]

    @property
    def labels(self):
        """One name a transform, numbered where it comes again."""
        labels, seen = [], collections.Counter()
        for transform in self.transforms:
            repeat = seen[transform.name]
            seen[transform.name] += 1
            suffix = f"_{repeat}" if repeat else ""
            labels.append(f"{transform.name}{suffix}")
        return labels

    def get_config(self):
        config = super().get_config()
        del config["probability"]
        return {**config, "transforms": [serialize(t) for t in self.transforms]}

    @classmethod
    def from_config(cls, config):
        transforms = [deserialize(t) for t in config.pop("transforms")]
        return cls(transforms, **config)


def is_list_of(kind, values):
    """Whether it is a non-empty list or tuple of objects of one kind."""
    if not isinstance(values, (list, tuple)) or not values:
        return False
    return all(isinstance(value, kind) for value in values)

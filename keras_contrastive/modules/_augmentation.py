"""Numbers that tell of an augmentation, from the parameters of a view."""

from typing import Any

from keras import ops

from keras_contrastive.ops._mean import mean
from keras_contrastive.views import (
    BaseTransform,
    ColorJitter,
    GaussianBlur,
    Pipeline,
    RandomResizedCrop,
)

# How many numbers a kind takes, and whose parameters they come from.
NUMBERS = {"crop": 4, "color": 4, "flip": 1, "blur": 1}
TRANSFORMS = {
    "crop": RandomResizedCrop,
    "color": ColorJitter,
    "flip": RandomResizedCrop,
    "blur": GaussianBlur,
}
# Factors, and what they are in an image that is left as it is.
COLORS = {"brightness": 1.0, "contrast": 1.0, "saturation": 1.0, "hue": 0.0}


def transform_of(pipeline: Pipeline, kind: str) -> BaseTransform:
    """The transform of a pipeline whose parameters tell of a kind."""
    for transform in pipeline.transforms:
        if isinstance(transform, TRANSFORMS[kind]):
            return transform
    raise ValueError(
        f"`term_weights` names {kind!r}, but a pipeline of `views` has no "
        f"`{TRANSFORMS[kind].__name__}` among its transforms. Received: "
        f"{[type(t).__name__ for t in pipeline.transforms]}"
    )


def differences(
    kind: str,
    transforms: list[BaseTransform],
    columns: list[dict[str, Any]],
    image_sides: tuple[int, int],
) -> Any:
    """How two views differ, in both orders, `(batch, 2, numbers)`.

    Of flips it is whether both views or neither are mirrored.

    Args:
        kind: String, one of `NUMBERS`.
        transforms: That of the kind in the pipeline of each view.
        columns: For each view a dictionary, name of a parameter to its values
            `(batch,)`.
        image_sides: Height and width of the images, in pixels.
    """
    one, two = (
        describe(kind, transform, of_view, image_sides)
        for transform, of_view in zip(transforms, columns, strict=True)
    )
    if kind == "flip":
        return ops.stack(2 * [1 - ops.abs(one - two)], axis=1)
    return ops.stack([one - two, two - one], axis=1)


def errors(kind: str, predicted: Any, target: Any) -> Any:
    """Error of the predicted differences of each image, `(batch,)`."""
    if kind == "flip":
        error = ops.softplus(predicted) - target * predicted
    else:
        # The tanh; `ops.tanh` rounds float64 to float32 on JAX.
        error = (2 * ops.sigmoid(2 * predicted) - 1 - target) ** 2
    return mean(error, axis=(1, 2))


def describe(
    kind: str,
    transform: BaseTransform,
    columns: dict[str, Any],
    image_sides: tuple[int, int],
) -> Any:
    """Numbers `(batch, numbers)` of a kind of augmentation of a view."""

    def column(name):
        return columns[f"{transform.name}/{name}"]

    if kind == "crop":
        height, width = image_sides
        y = (column("top") + column("height") / 2) / height
        x = (column("left") + column("width") / 2) / width
        flip = column("flip")
        x = flip * (1 - x) + (1 - flip) * x
        numbers = [y, x, column("height") / height, column("width") / width]
    elif kind == "color":
        numbers = [
            (column(name) - neutral) / width_of(transform, name)
            for name, neutral in COLORS.items()
        ]
    else:
        numbers = [column({"flip": "flip", "blur": "sigma"}[kind])]
    return ops.stack(numbers, axis=1)


def width_of(transform: BaseTransform, name: str) -> float:
    """Length of the range of a factor; of one that never varies, 1."""
    low, high = transform.ranges[name]
    return (high - low) or 1.0

from typing import Any

from keras_contrastive.views.base_transform import BaseTransform
from keras_contrastive.views.transforms._planes import image_shape_of


class Transform(BaseTransform):
    """A random change of a share of the images.

    The others get the neutral parameters. See `BaseTransform` for what a new
    transform states and implements.

    Args:
        probability: Float in [0, 1], share of the images that are changed.
            Defaults to 1.0.

    Raises:
        ValueError: For a probability out of range.

    Example:

    >>> @keras.saving.register_keras_serializable("my_package")
    ... class Invert(keras_contrastive.views.Transform):
    ...     def change(self, planes, draws):
    ...         applied = ops.reshape(draws["applied"], (-1, 1, 1, 1))
    ...         return planes + applied * (1 - 2 * planes)
    >>> invert = Invert(probability=0.5)
    """

    parameters = {"applied": 1}

    def __init__(self, *, probability: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not 0 <= probability <= 1:
            raise ValueError(
                "`probability` is a share of the images, from 0 to 1. "
                f"Received: probability={probability}"
            )
        self.probability = probability

    def original(self, planes: Any) -> Any:
        shape = image_shape_of(planes)
        if self.output_image_shape(shape) == shape:
            return planes
        return super().original(planes)

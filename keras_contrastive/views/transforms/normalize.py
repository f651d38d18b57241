from collections.abc import Sequence
from typing import Any

import numpy as np
from keras import ops

from keras_contrastive._export import export
from keras_contrastive.views.base_transform import BaseTransform


@export
class Normalize(BaseTransform):
    """Subtracts a mean and divides by a deviation, channel by channel.

    It comes last, because other transforms expect pixels in 0..1. The images
    of an evaluation must then be normalized too. It is often simpler to
    normalize in the encoder, by `keras.layers.Normalization(mean=mean,
    variance=std**2)` as its first layer: a saved encoder then holds the
    numbers.

    Args:
        mean: Float or one float per channel, for pixels in 0..1. ImageNet's is
            `(0.485, 0.456, 0.406)`.
        std: Positive float or one per channel. ImageNet's is
            `(0.229, 0.224, 0.225)`.

    Parameters: none.

    Raises:
        ValueError: For a `std` that is not positive, or for images whose
            number of channels is not that of `mean` or `std`.

    Example:

    >>> normalize = keras_contrastive.views.Normalize(
    ...     mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225)
    ... )
    """

    def __init__(
        self,
        mean: float | Sequence[float],
        std: float | Sequence[float],
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.mean = number_or_channels("mean", mean)
        self.std = number_or_channels("std", std)
        if np.min(self.std) <= 0:
            raise ValueError(f"`std` must be positive. Received: std={std}")

    def check(self, image_shape: tuple[int, int, int]) -> None:
        for name in ("mean", "std"):
            values = getattr(self, name)
            if np.ndim(values) == 1 and len(values) != image_shape[-1]:
                raise ValueError(
                    f"`{name}` must be one number, or one for each channel. "
                    f"Received: {name}={values}, image shape "
                    f"{tuple(image_shape)}"
                )

    def change(self, planes: Any, draws: Any) -> Any:
        return (planes - as_plane(self.mean)) / as_plane(self.std)


def number_or_channels(name, value):
    numbers = np.asarray(value, "float64")
    if numbers.ndim > 1 or not numbers.size or not np.isfinite(numbers).all():
        raise ValueError(
            f"`{name}` must be one number, or one for each channel. "
            f"Received: {name}={value}"
        )
    return numbers.tolist()


def as_plane(value):
    return ops.reshape(ops.convert_to_tensor(value, "float32"), (-1, 1, 1))

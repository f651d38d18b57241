from typing import Any

from keras_contrastive._check_integer import check_integer
from keras_contrastive._export import export
from keras_contrastive.views.split import Split


@export
class ChannelSplit(Split):
    """Two views: the first channels of an image, and the others.

    After a `ColorSpace`, e.g. the luminance and the two color channels. The
    views have different numbers of channels and need an encoder each.

    Args:
        first: Integer, channels of the first view. Defaults to 1.

    Parameters: none.

    Raises:
        ValueError: For `first` below 1, or images with no further channel.

    Example:

    >>> split = keras_contrastive.views.ChannelSplit()
    >>> split.output_image_shape((32, 32, 3))
    [(32, 32, 1), (32, 32, 2)]

    Reference: Tian et al., 2019, https://arxiv.org/abs/1906.05849.
    """

    num_views = 2

    def __init__(self, *, first: int = 1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        check_integer("first", first, 1, meaning=" channels")
        self.first = int(first)

    def check(self, image_shape: tuple[int, int, int]) -> None:
        if image_shape[-1] <= self.first:
            raise ValueError(
                "`first` must leave channels for the second view. Received: "
                f"first={self.first}, image shape {tuple(image_shape)}"
            )

    def output_image_shape(
        self, image_shape: tuple[int, int, int]
    ) -> list[tuple[int, ...]]:
        *sides, channels = image_shape
        return [(*sides, self.first), (*sides, channels - self.first)]

    def change(self, planes: Any, draws: Any) -> Any:
        return [planes[:, : self.first], planes[:, self.first :]]

from typing import Any

from keras import ops

from keras_contrastive._export import export
from keras_contrastive.views.transform import Transform
from keras_contrastive.views.transforms._planes import LUMA, require_channels


@export
class Grayscale(Transform):
    """Makes some images gray; they keep three channels, all equal.

    Args:
        probability: Float in [0, 1], share of the images that become gray.
            Defaults to 1.0.

    Parameters: `applied` (0 or 1).

    Raises:
        ValueError: For images without exactly three channels.

    Example:

    >>> gray = keras_contrastive.views.Grayscale(probability=0.2)
    >>> gray.parameters
    {'applied': 1}
    """

    def check(self, image_shape: tuple[int, int, int]) -> None:
        require_channels(self, image_shape, (3,))

    def change(self, planes: Any, draws: Any) -> Any:
        luma = ops.reshape(ops.convert_to_tensor(LUMA, "float32"), (1, 3, 1, 1))
        gray = ops.sum(planes * luma, axis=1, keepdims=True)
        applied = ops.reshape(draws["applied"], (-1, 1, 1, 1))
        return planes + applied * (gray - planes)

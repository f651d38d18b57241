from typing import Any

from keras import ops

from keras_contrastive._export import export
from keras_contrastive.views.transform import Transform


@export
class Solarize(Transform):
    """Inverts the bright pixels of some images.

    A value `x` at or above the threshold becomes `1 - x`, in each channel
    separately, as in torchvision. Takes any number of channels.

    Args:
        threshold: Float in [0, 1]. Defaults to 0.5, which inverts `uint8`
            pixels from 128 on; 0 inverts the whole image.
        probability: Float in [0, 1], share of the images that are changed.
            Defaults to 1.0.

    Parameters: `applied` (0 or 1).

    Raises:
        ValueError: For a threshold out of range.

    Example:

    >>> solarize = keras_contrastive.views.Solarize(probability=0.2)
    >>> solarize.parameters
    {'applied': 1}

    Reference: Grill et al., 2020, https://arxiv.org/abs/2006.07733, appendix B.
    """

    def __init__(self, *, threshold: float = 0.5, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not 0 <= threshold <= 1:
            raise ValueError(
                "`threshold` is a brightness from 0 to 1, 0.5 for 128 of 255. "
                f"Received: threshold={threshold}"
            )
        self.threshold = float(threshold)

    def change(self, planes: Any, draws: Any) -> Any:
        applied = ops.reshape(draws["applied"], (-1, 1, 1, 1)) > 0
        inverted = ops.logical_and(applied, planes >= self.threshold)
        return ops.where(inverted, 1 - planes, planes)

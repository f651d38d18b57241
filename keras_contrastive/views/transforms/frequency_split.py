from typing import Any

import numpy as np

from keras_contrastive._export import export
from keras_contrastive.views.split import Split
from keras_contrastive.views.transforms._blur import blur_matrix
from keras_contrastive.views.transforms._resampling import resample


@export
class FrequencySplit(Split):
    """Two views: the low and the high spatial frequencies of an image.

    The first is the image blurred with a Gaussian, in 0..1; the second is
    what the blur took away, in -1..1. Their sum is the image. The Gaussian is
    cut off one pixel short of a side, where the mirrored borders end. Takes
    any number of channels.

    Args:
        sigma: Positive float, standard deviation of the Gaussian in pixels,
            or a pair `(lowest, highest)` from which each image draws its own,
            uniformly. The wider, the more goes to the second view.

    Parameters: `sigma`.

    Raises:
        ValueError: For a `sigma` that is not positive, or not a pair in order.

    Example:

    >>> split = keras_contrastive.views.FrequencySplit(sigma=(0.5, 2.0))
    >>> split.parameters
    {'sigma': 1}

    Reference: Tian et al., 2020, https://arxiv.org/abs/2005.10243, appendix.
    """

    num_views = 2
    num_uniforms = 1
    parameters = {"sigma": 1}

    def __init__(
        self, sigma: float | tuple[float, float], **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        pair: Any = sigma
        if np.ndim(sigma) == 0:
            pair = (sigma, sigma)
        if len(pair) != 2 or not 0 < pair[0] <= pair[1] < np.inf:
            raise ValueError(
                "`sigma` must be positive pixels, or a pair 0 < lowest <= "
                f"highest. Received: sigma={sigma}"
            )
        self.sigma = tuple(float(bound) for bound in pair)

    def sample(
        self, uniforms: Any, image_shape: tuple[int, int, int]
    ) -> dict[str, Any]:
        low, high = self.sigma
        return {"sigma": low + (high - low) * uniforms[:, 0]}

    def neutral(self, image_shape: tuple[int, int, int]) -> dict[str, Any]:
        return {"sigma": 0.0}

    def output_image_shape(
        self, image_shape: tuple[int, int, int]
    ) -> list[tuple[int, ...]]:
        return [tuple(image_shape)] * 2

    def change(self, planes: Any, draws: Any) -> Any:
        rows, columns = (
            blur_matrix(draws["sigma"], size, radius=size - 1)
            for size in planes.shape[2:]
        )
        blurred = resample(planes, rows, columns)
        return [blurred, planes - blurred]

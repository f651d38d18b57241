import functools
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from keras_contrastive._export import export
from keras_contrastive.ops._on_cpu import on_cpu
from keras_contrastive.views.transform import Transform
from keras_contrastive.views.transforms._blur import (
    blur_by_matrices,
    blur_by_shifts,
)


@export
class GaussianBlur(Transform):
    """Blurs each image with a Gaussian of its own width.

    Borders are mirrored, so a constant image stays as it is.

    Args:
        sigma: Pair `(lowest, highest)` of standard deviations in pixels, drawn
            uniformly. Defaults to `(0.1, 2.0)`.
        kernel_size: Odd integer, taps across. Defaults to a tenth of the
            image height, made odd: 23 at 224 pixels, 3 at 32.
        probability: Float in [0, 1], share of the images that are blurred.
            Defaults to 1.0.

    Parameters: `applied` (0 or 1) and `sigma` (0 where not blurred).

    Raises:
        ValueError: For a kernel that is not odd, or wider than mirroring
            allows (`kernel_size // 2` must be below the image side).

    Example:

    >>> blur = keras_contrastive.views.GaussianBlur(probability=0.5)
    >>> blur.parameters
    {'applied': 1, 'sigma': 1}

    Reference: Chen et al., 2020, https://arxiv.org/abs/2002.05709, appendix A
        (one sigma per image, as in the text; the authors' code draws one per
        batch).
    """

    num_uniforms = 1
    parameters = {"applied": 1, "sigma": 1}

    def __init__(
        self,
        *,
        sigma: tuple[float, float] = (0.1, 2.0),
        kernel_size: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if np.shape(sigma) != (2,) or not 0 < sigma[0] <= sigma[1]:
            raise ValueError(
                "`sigma` must be a pair 0 < lowest <= highest in pixels. "
                f"Received: sigma={sigma}"
            )
        if kernel_size is not None and (
            kernel_size < 1 or kernel_size % 2 != 1
        ):
            raise ValueError(
                "`kernel_size` must be a positive odd number of pixels. "
                f"Received: kernel_size={kernel_size}"
            )
        self.sigma, self.kernel_size = tuple(sigma), kernel_size

    def radius(self, height: int) -> int:
        return (self.kernel_size or height // 10) // 2

    def check(self, image_shape: tuple[int, int, int]) -> None:
        height, width = image_shape[:2]
        if self.radius(height) >= min(height, width):
            raise ValueError(
                "`kernel_size` must be below twice the image side. Received: "
                f"kernel_size={self.kernel_size}, image shape {image_shape}"
            )

    def sample(
        self, uniforms: Any, image_shape: tuple[int, int, int]
    ) -> dict[str, Any]:
        low, high = self.sigma
        return {"sigma": low + (high - low) * uniforms[:, 0]}

    def neutral(self, image_shape: tuple[int, int, int]) -> dict[str, Any]:
        return {"sigma": 0.0}

    def change(self, planes: Any, draws: Any) -> Any:
        # XLA on a CPU makes one loop of the shifts.
        shifts = keras.backend.backend() != "torch" and on_cpu()
        blur = by_xla(blur_by_shifts) if shifts else blur_by_matrices
        return blur(planes, draws["sigma"], self.radius(planes.shape[2]))


@functools.cache
def by_xla(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that TensorFlow compiles wherever it is called from."""
    if keras.backend.backend() != "tensorflow":
        return function
    import tensorflow as tf

    return tf.function(function, jit_compile=True, autograph=False)

import numbers
from typing import Any

import numpy as np
from keras import ops

from keras_contrastive._export import export
from keras_contrastive.views.transform import Transform
from keras_contrastive.views.transforms._resampling import (
    KERNELS,
    crop_matrix,
    resample,
)

NUM_ATTEMPTS = 10


@export
class RandomResizedCrop(Transform):
    """Crops a random part of each image, resizes it, and may mirror it.

    The box is drawn as in torchvision: area uniform in `scale`, aspect ratio
    log-uniform in `ratio`, sides rounded to pixels; a box that does not fit is
    drawn again; after ten attempts, the largest central box within the ratios
    is taken. Crop, resize and flip are one product of matrices.

    Args:
        image_size: Integer or `(height, width)`, pixels of the result.
        scale: Pair of floats in (0, 1], share of the area. Defaults to
            `(0.08, 1.0)`.
        ratio: Pair of positive floats, width over height. Defaults to
            `(3 / 4, 4 / 3)`.
        flip: Float in [0, 1], share of the images mirrored left to right.
            Defaults to 0.5.
        interpolation: `"bilinear"` (torchvision's default) or `"bicubic"`
            (SimCLR's and BYOL's own code), clipped to 0..1.
        antialias: Boolean, whether to widen the kernel when the crop shrinks,
            as Pillow and torchvision do. Defaults to True.

    Parameters: `top`, `left`, `height`, `width` in pixels of the source, and
        `flip` (0 or 1).

    Example:

    >>> crop = keras_contrastive.views.RandomResizedCrop(32, scale=(0.2, 1.0))
    >>> crop.parameters
    {'top': 1, 'left': 1, 'height': 1, 'width': 1, 'flip': 1}

    Reference: Chen et al., 2020, https://arxiv.org/abs/2002.05709, appendix A.
    """

    num_uniforms = 2 * NUM_ATTEMPTS + 3
    parameters = {"top": 1, "left": 1, "height": 1, "width": 1, "flip": 1}

    def __init__(
        self,
        image_size: int | tuple[int, int],
        *,
        scale: tuple[float, float] = (0.08, 1.0),
        ratio: tuple[float, float] = (3 / 4, 4 / 3),
        flip: float = 0.5,
        interpolation: str = "bilinear",
        antialias: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.image_size = sides_of(image_size)
        if np.shape(scale) != (2,) or not 0 < scale[0] <= scale[1] <= 1:
            raise ValueError(
                "`scale` is the smallest and largest share of the area, as is "
                "`local_scale` of a recipe, within (0, 1]. Received: "
                f"scale={scale}"
            )
        if np.shape(ratio) != (2,) or not 0 < ratio[0] <= ratio[1]:
            raise ValueError(
                "`ratio` is the smallest and largest width over height, both "
                f"positive. Received: ratio={ratio}"
            )
        if not 0 <= flip <= 1:
            raise ValueError(
                "`flip` is a share of the images, from 0 to 1. "
                f"Received: flip={flip}"
            )
        if interpolation not in KERNELS:
            raise ValueError(
                f"`interpolation` must be one of {sorted(KERNELS)}. "
                f"Received: interpolation={interpolation!r}"
            )
        self.scale, self.ratio = tuple(scale), tuple(ratio)
        self.flip = flip
        self.interpolation, self.antialias = interpolation, antialias

    def sample(
        self, uniforms: Any, image_shape: tuple[int, int, int]
    ) -> dict[str, Any]:
        image_height, image_width = image_shape[:2]
        heights, widths = self.attempts(uniforms, image_height, image_width)
        fits = ops.logical_and(
            ops.logical_and(heights >= 1, heights <= image_height),
            ops.logical_and(widths >= 1, widths <= image_width),
        )
        # The central box comes last and always fits.
        fits = ops.concatenate([fits, ops.ones_like(fits[:, :1])], axis=1)
        first = ops.argmax(ops.cast(fits, "int32"), axis=1)
        chosen = ops.one_hot(first, NUM_ATTEMPTS + 1, dtype="float32")
        central = self.central_box(image_height, image_width)
        height, width = (
            ops.sum(chosen[:, :-1] * sides, axis=1) + chosen[:, -1] * side
            for sides, side in zip((heights, widths), central, strict=True)
        )
        y, x, flip = (uniforms[:, 2 * NUM_ATTEMPTS + i] for i in range(3))
        top = ops.floor(y * (image_height - height + 1))
        left = ops.floor(x * (image_width - width + 1))
        found = chosen[:, -1] == 0
        return {
            "top": ops.where(found, top, (image_height - central[0]) // 2),
            "left": ops.where(found, left, (image_width - central[1]) // 2),
            "height": height,
            "width": width,
            "flip": ops.cast(flip < self.flip, "float32"),
        }

    def attempts(self, uniforms, image_height, image_width):
        share = uniforms[:, :NUM_ATTEMPTS]
        share = self.scale[0] + share * (self.scale[1] - self.scale[0])
        area = image_height * image_width * share
        low, high = np.log(self.ratio)
        place = uniforms[:, NUM_ATTEMPTS : 2 * NUM_ATTEMPTS]
        ratio = ops.exp(float(low) + place * float(high - low))
        heights = ops.round(ops.sqrt(area / ratio))
        return heights, ops.round(ops.sqrt(area * ratio))

    def central_box(self, image_height, image_width):
        ratio = image_width / image_height
        if ratio < self.ratio[0]:
            return round(image_width / self.ratio[0]), image_width
        if ratio > self.ratio[1]:
            return image_height, round(image_height * self.ratio[1])
        return image_height, image_width

    def neutral(self, image_shape: tuple[int, int, int]) -> dict[str, Any]:
        height, width = image_shape[:2]
        return {
            "top": 0.0,
            "left": 0.0,
            "height": float(height),
            "width": float(width),
            "flip": 0.0,
        }

    def change(self, planes: Any, draws: Any) -> Any:
        kernel = KERNELS[self.interpolation]
        rows = crop_matrix(
            draws["top"],
            draws["height"],
            planes.shape[2],
            self.image_size[0],
            kernel,
            self.antialias,
        )
        columns = crop_matrix(
            draws["left"],
            draws["width"],
            planes.shape[3],
            self.image_size[1],
            kernel,
            self.antialias,
            draws["flip"],
        )
        planes = resample(planes, rows, columns)
        if self.interpolation == "bicubic":
            planes = ops.clip(planes, 0.0, 1.0)
        return planes

    def output_image_shape(
        self, image_shape: tuple[int, int, int]
    ) -> tuple[int, ...]:
        return (*self.image_size, image_shape[2])


def sides_of(size: Any, name: str = "image_size") -> tuple[int, int]:
    """Height and width of a size, which is one number or both."""
    sides = (size, size) if np.ndim(size) == 0 else tuple(size)
    if len(sides) != 2 or not all(is_pixels(side) for side in sides):
        raise ValueError(
            f"`{name}` must be positive pixels, one number or (height, "
            f"width). Received: {name}={size}"
        )
    return int(sides[0]), int(sides[1])


def is_pixels(side):
    is_integer = isinstance(side, numbers.Integral) and side is not True
    return is_integer and side >= 1

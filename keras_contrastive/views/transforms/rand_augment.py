import math
from typing import Any

import keras
from keras import ops

from keras_contrastive._check_integer import check_integer
from keras_contrastive._export import export
from keras_contrastive.ops._on_cpu import on_cpu
from keras_contrastive.views.transform import Transform
from keras_contrastive.views.transforms._chosen import (
    all_at_once,
    of_one_image,
)
from keras_contrastive.views.transforms._planes import require_channels
from keras_contrastive.views.transforms._tones import PLAIN, TONES
from keras_contrastive.views.transforms._warps import WARPS, warps

FIRST_WARP = len(TONES) + 1
NUM_OPERATIONS = len(TONES) + len(WARPS)


@export
class RandAugment(Transform):
    """Changes each image by operations that are picked at random.

    Those of InfoMin's code: each time one of 15 operations, all equally
    likely, is picked, and it acts on a share `rate` of the images. At level L,
    which is normal and clipped to 0..10:

    | number | operation | what it does |
    |:--|:--|:--|
    | 1 | auto contrast | stretches each channel to 0..1 |
    | 2 | equalize | evens out the histogram of each channel |
    | 3 | invert | `1 - x` |
    | 4 | posterize | keeps the upper `int(0.4 L)` of 8 bits |
    | 5 | solarize | inverts from `int(25.6 L)` of 255 on |
    | 6 | solarize add | adds `int(11 L)` of 255 to values below 128 |
    | 7 to 10 | color, contrast, brightness, sharpness | factor `0.18 L + 0.1` |
    | 11 | rotate | by `3 L` degrees |
    | 12, 14 | shear x, y | by `0.03 L` |
    | 13, 15 | translate x, y | by `0.045 L` of the side |

    The last five go either way, interpolate bilinearly or bicubically, each
    half of the time, and let in the mean color of ImageNet. All do what
    Pillow does, without its rounding to `uint8` in between.

    On a CPU an image costs only what is picked for it; on an accelerator all
    operations are computed for all images at once. The first step on a CPU is
    slow, most of all on TensorFlow: XLA compiles each operation for each pick.

    Args:
        num_operations: Integer, picks for each image, one after the other.
            Defaults to 2.
        magnitude: Float in [0, 10], mean of the level. At 10, the default, no
            pixel is solarized, and the four factors are near 1.9.
        magnitude_std: Float, at least 0, its deviation. Defaults to 0.5.
        rate: Float in (0, 1], share of the images on which a picked operation
            acts. Defaults to 0.5.
        probability: Float in [0, 1], share of the images that are changed at
            all. Defaults to 1.0.

    Parameters: `applied` (0 or 1), and for each pick `operation` (its number,
        0 for none), `level` (0 to 10; negative to the other side; 0 for the
        first three) and `bicubic` (0 or 1).

    Raises:
        ValueError: For arguments out of range, and images without exactly
            three channels, or with a side below 3 pixels.

    Example:

    >>> augment = keras_contrastive.views.RandAugment(num_operations=1)
    >>> augment.parameters
    {'applied': 1, 'operation': 1, 'level': 1, 'bicubic': 1}

    Reference: Cubuk et al., 2020, https://arxiv.org/abs/1909.13719; ranges as
        in InfoMin's release, PyContrast, https://arxiv.org/abs/2005.10243.
    """

    def __init__(
        self,
        *,
        num_operations: int = 2,
        magnitude: float = 10.0,
        magnitude_std: float = 0.5,
        rate: float = 0.5,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check_integer("num_operations", num_operations, 1)
        if not 0 <= magnitude <= 10:
            raise ValueError(
                "`magnitude` must be a level from 0 to 10. "
                f"Received: magnitude={magnitude}"
            )
        if not 0 <= magnitude_std < math.inf:
            raise ValueError(
                "`magnitude_std` must be a deviation of the level, at least "
                f"0. Received: magnitude_std={magnitude_std}"
            )
        if not 0 < rate <= 1:
            raise ValueError(
                "`rate` must be a share of the images above 0 and up to 1. "
                f"Received: rate={rate}"
            )
        self.num_operations = num_operations
        self.magnitude, self.magnitude_std = magnitude, magnitude_std
        self.rate = rate
        self.num_uniforms = 4 * num_operations
        self.parameters = {
            "applied": 1,
            "operation": num_operations,
            "level": num_operations,
            "bicubic": num_operations,
        }

    def check(self, image_shape: tuple[int, int, int]) -> None:
        require_channels(self, image_shape, (3,))
        if min(image_shape[:2]) < 3:
            raise ValueError(
                "`RandAugment` needs images with sides of at least 3 pixels. "
                f"Received: image shape {tuple(image_shape)}"
            )

    def sample(
        self, uniforms: Any, image_shape: tuple[int, int, int]
    ) -> dict[str, Any]:
        pick, spread, side, smooth = ops.split(uniforms, 4, axis=1)
        operation = ops.floor(pick / self.rate * NUM_OPERATIONS) + 1
        operation = ops.minimum(operation, NUM_OPERATIONS)
        operation = ops.where(pick < self.rate, operation, 0.0)
        # The ends of the normal distribution are at infinity.
        normal = ops.clip(math.sqrt(2) * ops.erfinv(2 * spread - 1), -6, 6)
        level = self.magnitude + self.magnitude_std * normal
        level = ops.clip(level, 0.0, 10.0)
        level = ops.where(operation > len(PLAIN), level, 0.0)
        moves = operation >= FIRST_WARP
        backward = ops.logical_and(moves, side < 0.5)
        bicubic = ops.logical_and(moves, smooth < 0.5)
        return {
            "operation": operation,
            "level": ops.where(backward, -level, level),
            "bicubic": ops.cast(bicubic, "float32"),
        }

    def neutral(self, image_shape: tuple[int, int, int]) -> dict[str, Any]:
        none = [0.0] * self.num_operations
        return {"operation": none, "level": none, "bicubic": none}

    def change(self, planes: Any, draws: Any) -> Any:
        picks = [draws[name] for name in ("operation", "level", "bicubic")]
        if not on_cpu():
            return self.operate(all_at_once, planes, *picks)

        def change_one(row):
            return self.operate(of_one_image, *(x[None] for x in row))[0]

        # A gradient of the loop computes it again: TensorFlow cannot hand what
        # a loop remembers from one compiled program to another.
        loop = keras.remat(lambda *rows: ops.map(change_one, rows))
        return loop(planes, *picks)

    def operate(self, choose, planes, operation, level, bicubic):
        for pick in range(self.num_operations):
            warp = operation[:, pick] - FIRST_WARP
            # Shear and translation are one change with different numbers.
            choice = FIRST_WARP + ops.where(warp > 0, ops.ceil(warp / 2), warp)
            planes = choose(
                [nothing, *TONES, *warps()],
                ops.cast(choice + 3 * bicubic[:, pick], "int32"),
                planes,
                level[:, pick],
                warp,
            )
        return planes


def nothing(planes, level, number):
    return planes

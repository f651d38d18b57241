from typing import Any

import numpy as np
from keras import ops

from keras_contrastive._export import export
from keras_contrastive.views.transform import Transform
from keras_contrastive.views.transforms._per_patch import (
    grid_of,
    meet_patches,
    per_patch,
)


@export
class PatchFlip(Transform):
    """Mirrors patches left to right, each by itself half of the time.

    Patches are those of a grid, which a `PatchGrid` or `Jigsaw` before it
    makes; they keep their places. An image without a grid is one patch.

    Args:
        probability: Float in [0, 1], share of the images of which patches are
            mirrored, half of them. Defaults to 1.0.

    Parameters: `applied` (0 or 1). `draw` also gives `flip` (0 or 1),
        `(batch,)` or `(batch, *grid)`; their number depends on the grid, so
        they are no part of the vector.

    Example:

    >>> pipeline = keras_contrastive.views.Pipeline(
    ...     [
    ...         keras_contrastive.views.PatchGrid(16, stride=8),
    ...         keras_contrastive.views.PatchFlip(),
    ...     ]
    ... )
    >>> pipeline.output_image_shape((64, 64, 3))
    (7, 7, 16, 16, 3)

    Reference: Henaff et al., 2019, https://arxiv.org/abs/1905.09272.
    """

    num_uniforms = 2
    takes_patches = True

    def sample(
        self, uniforms: Any, image_shape: tuple[int, ...]
    ) -> dict[str, Any]:
        flip = per_patch(uniforms, image_shape) < 0.5
        return {"flip": ops.cast(flip, "float32")}

    def neutral(self, image_shape: tuple[int, ...]) -> dict[str, Any]:
        return {"flip": np.zeros(grid_of(image_shape))}

    def change(self, planes: Any, draws: Any) -> Any:
        flip = meet_patches(draws["flip"])
        return ops.where(flip == 1, ops.flip(planes, -1), planes)

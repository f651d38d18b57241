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
from keras_contrastive.views.transforms._planes import require_channels


@export
class ColorDrop(Transform):
    """Drops two of the three color channels, patch by patch.

    Red, green or blue stays, each equally likely; the two others become 0. In
    a grid of patches, which a `PatchGrid` or `Jigsaw` before it makes, each
    patch draws for itself; an image without a grid is one patch. Neither
    common colors nor the color fringes of a lens then tell which patches
    belong together.

    What stays stands in its own channel, so that the encoder sees which color
    it is. The code of Doersch et al. fills the other two with faint noise
    around the mean; zeros as little tell anything, and need no random numbers.

    Args:
        probability: Float in [0, 1], share of the images of which patches lose
            colors. Defaults to 1.0.

    Parameters: `applied` (0 or 1). `draw` also gives `kept`, `(batch,)` or
        `(batch, *grid)`, the channel that stays, 0, 1 or 2, or -1 for all;
        their number depends on the grid, so they are no part of the vector.

    Raises:
        ValueError: For images or patches without exactly three channels.

    Example:

    >>> pipeline = keras_contrastive.views.Pipeline(
    ...     [
    ...         keras_contrastive.views.PatchGrid(16, stride=8),
    ...         keras_contrastive.views.ColorDrop(),
    ...     ]
    ... )
    >>> pipeline.output_image_shape((64, 64, 3))
    (7, 7, 16, 16, 3)

    Reference: Henaff et al., 2019, https://arxiv.org/abs/1905.09272; Doersch
        et al., 2015, https://arxiv.org/abs/1505.05192 (color dropping).
    """

    num_uniforms = 2
    takes_patches = True

    def check(self, image_shape: tuple[int, ...]) -> None:
        require_channels(self, image_shape, (3,))

    def sample(
        self, uniforms: Any, image_shape: tuple[int, ...]
    ) -> dict[str, Any]:
        return {"kept": ops.floor(3 * per_patch(uniforms, image_shape))}

    def neutral(self, image_shape: tuple[int, ...]) -> dict[str, Any]:
        return {"kept": np.full(grid_of(image_shape), -1)}

    def change(self, planes: Any, draws: Any) -> Any:
        kept = meet_patches(draws["kept"])
        channels = ops.reshape(ops.arange(3, dtype="float32"), (3, 1, 1))
        stays = ops.logical_or(kept < 0, kept == channels)
        return ops.where(stays, planes, 0.0)

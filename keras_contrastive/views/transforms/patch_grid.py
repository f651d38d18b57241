from typing import Any

import numpy as np
from keras import ops

from keras_contrastive._check_integer import check_integer
from keras_contrastive._export import export
from keras_contrastive.views.base_transform import BaseTransform
from keras_contrastive.views.transforms._per_patch import numbers_from
from keras_contrastive.views.transforms._windows import windows


@export
class PatchGrid(BaseTransform):
    """Cuts each image into a grid of patches, which may overlap.

    The patch in row `i` and column `j` begins at pixel
    `(i * stride, j * stride)`; there are as many as fit into the image. The
    result is one tensor `(batch, rows, columns, patch_size, patch_size,
    channels)`.

    Args:
        patch_size: Integer, pixels of a side of the patches.
        stride: Integer, pixels from one patch to the next. Patches overlap
            where it is below `patch_size`.
        crop: Integer up to `patch_size`, or None. Of each patch only a part of
            `crop x crop` pixels is kept, from a random place of its own, and
            centered among zeros, so that neighbors do not share pixels at
            places known beforehand. Defaults to None, the whole patch.

    Parameters: none. `draw` gives `top` and `left`, `(batch, rows, columns)`,
        the pixels of the patch where the kept part begins; their number
        depends on the size of the image, so they are no part of the vector.

    Raises:
        ValueError: For images with a side below `patch_size`.

    Example:

    >>> grid = keras_contrastive.views.PatchGrid(64, stride=32, crop=60)
    >>> grid.output_image_shape((256, 256, 1))
    (7, 7, 64, 64, 1)

    Reference: van den Oord et al., 2018, https://arxiv.org/abs/1807.03748,
        section 3.2: 64 pixels every 32, of which 60 are kept.
    """

    num_uniforms = 2

    def __init__(
        self,
        patch_size: int,
        stride: int,
        *,
        crop: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check_integer("patch_size", patch_size, 1, meaning=" pixels")
        check_integer("stride", stride, 1, meaning=" pixels")
        if crop is not None:
            meaning = " pixels, or None for all of `patch_size`"
            check_integer("crop", crop, 1, patch_size, meaning)
            crop = int(crop)
        self.patch_size, self.stride = int(patch_size), int(stride)
        self.crop = crop
        self.kept = self.patch_size if crop is None else crop
        self.room = self.patch_size - self.kept

    def check(self, image_shape: tuple[int, int, int]) -> None:
        if min(image_shape[:2]) < self.patch_size:
            raise ValueError(
                "`patch_size` must not exceed a side of the image, or "
                "`image_size` of a recipe. "
                f"Received: patch_size={self.patch_size}, "
                f"image shape {tuple(image_shape)}"
            )

    def grid(self, image_shape):
        """Rows and columns of the grid."""
        height, width = image_shape[:2]
        return (
            (height - self.patch_size) // self.stride + 1,
            (width - self.patch_size) // self.stride + 1,
        )

    def sample(
        self, uniforms: Any, image_shape: tuple[int, int, int]
    ) -> dict[str, Any]:
        if not self.room:
            return {}
        rows, columns = self.grid(image_shape)
        numbers = numbers_from(uniforms, 2 * rows * columns)
        places = ops.floor(numbers * (self.room + 1))
        places = ops.reshape(places, (-1, 2, rows, columns))
        return {"top": places[:, 0], "left": places[:, 1]}

    def neutral(self, image_shape: tuple[int, int, int]) -> dict[str, Any]:
        center = np.full(self.grid(image_shape), self.room // 2)
        return {"top": center, "left": center}

    def change(self, planes: Any, draws: Any) -> Any:
        rows, columns = self.grid(planes.shape[2:])
        first_rows = self.stride * ops.arange(rows, dtype="float32")
        first_columns = self.stride * ops.arange(columns, dtype="float32")
        flat = (-1, rows * columns)
        patches = windows(
            planes,
            ops.reshape(draws["top"] + first_rows[:, None], flat),
            ops.reshape(draws["left"] + first_columns, flat),
            self.kept,
            self.kept,
        )
        before = self.room // 2
        border = (before, self.room - before)
        patches = ops.pad(patches, [(0, 0)] * 3 + [border] * 2)
        patch_shape = (planes.shape[1], self.patch_size, self.patch_size)
        return ops.reshape(patches, (-1, rows, columns, *patch_shape))

    def output_image_shape(
        self, image_shape: tuple[int, int, int]
    ) -> tuple[int, ...]:
        patch_shape = (self.patch_size, self.patch_size, image_shape[2])
        return (*self.grid(image_shape), *patch_shape)

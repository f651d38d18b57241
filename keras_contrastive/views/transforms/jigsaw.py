from typing import Any

import numpy as np
from keras import ops

from keras_contrastive._check_integer import check_integer
from keras_contrastive._export import export
from keras_contrastive.views.base_transform import BaseTransform
from keras_contrastive.views.transforms._windows import windows


@export
class Jigsaw(BaseTransform):
    """Cuts each image into the pieces of a jigsaw, in random order.

    The image falls into `grid x grid` cells of `height // grid` by
    `width // grid` pixels; what is left over at the right and at the bottom
    is dropped. Each piece is a part of its cell at a random place, so that
    edges that continue do not give the order away. All orders are equally
    likely.

    The result is one tensor `(batch, grid**2, height, width, channels)`.

    Args:
        patch_size: Integer, pixels of a side of the pieces, or None for the
            whole cell. PIRL cuts 64 pixels out of cells of 85.
        grid: Integer, cells of a row and of a column. Defaults to 3.

    Parameters: `permutation`, `top` and `left`, each `grid**2` numbers, one
        for each piece: the cell it comes from, counted row by row from 0, and
        its place inside that cell in pixels.

    Raises:
        ValueError: For images whose cells are smaller than `patch_size`.

    Example:

    >>> jigsaw = keras_contrastive.views.Jigsaw(patch_size=64, grid=3)
    >>> jigsaw.output_image_shape((255, 255, 3))
    (9, 64, 64, 3)

    Reference: Misra and van der Maaten, 2020,
        https://arxiv.org/abs/1912.01991, section 2.3.
    """

    def __init__(
        self, patch_size: int | None, *, grid: int = 3, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        if patch_size is not None:
            meaning = " pixels, or None"
            check_integer("patch_size", patch_size, 1, meaning=meaning)
            patch_size = int(patch_size)
        check_integer("grid", grid, 1, meaning=" cells")
        self.patch_size, self.grid = patch_size, int(grid)
        self.num_uniforms = 3 * self.grid**2
        names = ("permutation", "top", "left")
        self.parameters = {name: self.grid**2 for name in names}

    def check(self, image_shape: tuple[int, int, int]) -> None:
        if min(image_shape[:2]) // self.grid < (self.patch_size or 1):
            raise ValueError(
                "`patch_size` must not exceed a cell, the side of the image, "
                "or `jigsaw_size` of a recipe, divided by `grid`. "
                f"Received: patch_size={self.patch_size}, "
                f"grid={self.grid}, image shape {tuple(image_shape)}"
            )

    def cell(self, image_shape):
        return [side // self.grid for side in image_shape[:2]]

    def piece(self, image_shape):
        if self.patch_size is None:
            return self.cell(image_shape)
        return [self.patch_size, self.patch_size]

    def room(self, image_shape):
        """Pixels by which a piece can move inside its cell."""
        cell, piece = self.cell(image_shape), self.piece(image_shape)
        return [pair[0] - pair[1] for pair in zip(cell, piece, strict=True)]

    def sample(
        self, uniforms: Any, image_shape: tuple[int, int, int]
    ) -> dict[str, Any]:
        order, down, right = ops.split(uniforms, 3, axis=1)
        room = self.room(image_shape)
        return {
            "permutation": ops.cast(ops.argsort(order, axis=1), "float32"),
            "top": ops.floor(down * (room[0] + 1)),
            "left": ops.floor(right * (room[1] + 1)),
        }

    def neutral(self, image_shape: tuple[int, int, int]) -> dict[str, Any]:
        number, (down, right) = self.grid**2, self.room(image_shape)
        return {
            "permutation": np.arange(number),
            "top": np.full(number, down // 2),
            "left": np.full(number, right // 2),
        }

    def change(self, planes: Any, draws: Any) -> Any:
        image_shape = planes.shape[2:]
        height, width = self.cell(image_shape)
        row = ops.floor_divide(draws["permutation"], self.grid)
        column = draws["permutation"] - self.grid * row
        tops = height * row + draws["top"]
        lefts = width * column + draws["left"]
        return windows(planes, tops, lefts, *self.piece(image_shape))

    def output_image_shape(
        self, image_shape: tuple[int, int, int]
    ) -> tuple[int, ...]:
        return (self.grid**2, *self.piece(image_shape), image_shape[2])

import numpy as np
from keras import ops

from keras_contrastive._check_integer import check_integer
from keras_contrastive._export import export
from keras_contrastive.views.transforms._every_image import EveryImage
from keras_contrastive.views.transforms._windows import windows


@export
class Jigsaw(EveryImage):
    """Cuts each image into the pieces of a jigsaw, in random order.

    The image falls into `grid x grid` cells of `height // grid` by
    `width // grid` pixels; what is left over at the right and at the bottom
    is dropped. Each piece is a part of its cell at a random place, so that
    edges that continue do not give the order away. All orders are as likely.

    The result is one tensor `(batch, grid**2, size, size, channels)`.

    Args:
        grid: Integer, cells of a row and of a column. Defaults to 3.
        size: Integer, pixels of a side of the pieces, or None for the whole
            cell. Defaults to 64, as in PIRL on images of 255 pixels.

    Parameters: `permutation`, `top` and `left`, each `grid**2` numbers, one
        for each piece: the cell it comes from, counted row by row from 0, and
        its place inside that cell in pixels.

    Raises:
        ValueError: For images whose cells are smaller than `size`.

    Example:

    >>> jigsaw = keras_contrastive.views.Jigsaw(grid=3, size=64)
    >>> jigsaw.output_image_shape((255, 255, 3))
    (9, 64, 64, 3)

    Reference: Misra and van der Maaten, 2020,
        https://arxiv.org/abs/1912.01991, section 2.3.
    """

    def __init__(self, grid=3, size=64, **kwargs):
        super().__init__(**kwargs)
        check_integer("grid", grid, 1, meaning=" cells")
        if size is not None:
            check_integer("size", size, 1, meaning=" pixels, or None")
            size = int(size)
        self.grid, self.size = int(grid), size
        self.num_uniforms = 3 * self.grid**2
        names = ("permutation", "top", "left")
        self.parameters = {name: self.grid**2 for name in names}

    def check(self, image_shape):
        if min(image_shape[:2]) // self.grid < (self.size or 1):
            raise ValueError(
                "`size` must not exceed a cell, the image side divided by "
                f"`grid`. Received: size={self.size}, grid={self.grid}, image "
                f"shape {tuple(image_shape)}"
            )

    def cell(self, image_shape):
        return [side // self.grid for side in image_shape[:2]]

    def piece(self, image_shape):
        if self.size is None:
            return self.cell(image_shape)
        return [self.size, self.size]

    def room(self, image_shape):
        """Pixels by which a piece can move inside its cell."""
        cell, piece = self.cell(image_shape), self.piece(image_shape)
        return [pair[0] - pair[1] for pair in zip(cell, piece, strict=True)]

    def sample(self, uniforms, image_shape):
        order, down, right = ops.split(uniforms, 3, axis=1)
        room = self.room(image_shape)
        return {
            "permutation": ops.cast(ops.argsort(order, axis=1), "float32"),
            "top": ops.floor(down * (room[0] + 1)),
            "left": ops.floor(right * (room[1] + 1)),
        }

    def neutral(self, image_shape):
        number, (down, right) = self.grid**2, self.room(image_shape)
        return {
            "permutation": np.arange(number),
            "top": np.full(number, down // 2),
            "left": np.full(number, right // 2),
        }

    def apply(self, planes, draws):
        image_shape = planes.shape[2:]
        height, width = self.cell(image_shape)
        row = ops.floor_divide(draws["permutation"], self.grid)
        column = draws["permutation"] - self.grid * row
        tops = height * row + draws["top"]
        lefts = width * column + draws["left"]
        return windows(planes, tops, lefts, *self.piece(image_shape))

    def output_image_shape(self, image_shape):
        return (self.grid**2, *self.piece(image_shape), image_shape[2])

    def get_config(self):
        return {**super().get_config(), "grid": self.grid, "size": self.size}

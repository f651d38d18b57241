import numpy as np
from keras import ops

from keras_contrastive._check_integer import check_integer
from keras_contrastive._export import export
from keras_contrastive.ops._random_bits import uniform_rows
from keras_contrastive.views.transforms._every_image import EveryImage
from keras_contrastive.views.transforms._windows import windows


@export
class PatchGrid(EveryImage):
    """Cuts each image into a grid of patches, which may overlap.

    The patch in row `i` and column `j` begins at pixel
    `(i * stride, j * stride)`; there are as many as fit into the image. The
    result is one tensor `(batch, rows, columns, size, size, channels)`.

    Args:
        size: Integer, pixels of a side of the patches.
        stride: Integer, pixels from one patch to the next. Patches overlap
            where it is below `size`.
        crop: Integer up to `size`, or None. Of each patch only a part of
            `crop x crop` pixels is kept, from a random place of its own, and
            centred among zeros, so that neighbours do not share pixels at
            places known beforehand. Defaults to None, the whole patch.

    Parameters: none. `draw` gives `top` and `left`, `(batch, rows, columns)`,
        the pixels of the patch where what is kept begins; they are too many
        for a vector, and as many as the size of the image says.

    Raises:
        ValueError: For images with a side below `size`.

    Example:

    >>> grid = keras_contrastive.views.PatchGrid(size=64, stride=32, crop=60)
    >>> grid.output_image_shape((256, 256, 1))
    (7, 7, 64, 64, 1)

    Reference: van den Oord et al., 2018, https://arxiv.org/abs/1807.03748,
        section 3.2: 64 pixels every 32, of which 60 are kept.
    """

    num_uniforms = 2

    def __init__(self, size, stride, crop=None, **kwargs):
        super().__init__(**kwargs)
        check_integer("size", size, 1, meaning=" pixels")
        check_integer("stride", stride, 1, meaning=" pixels")
        if crop is not None:
            check_integer("crop", crop, 1, size, " pixels, or None")
            crop = int(crop)
        self.size, self.stride, self.crop = int(size), int(stride), crop
        self.kept = self.size if crop is None else crop
        self.room = self.size - self.kept

    def check(self, image_shape):
        if min(image_shape[:2]) < self.size:
            raise ValueError(
                "`size` must not exceed a side of the image. Received: "
                f"size={self.size}, image shape {tuple(image_shape)}"
            )

    def grid(self, image_shape):
        """Rows and columns of the grid."""
        height, width = image_shape[:2]
        return (
            (height - self.size) // self.stride + 1,
            (width - self.size) // self.stride + 1,
        )

    def sample(self, uniforms, image_shape):
        if not self.room:
            return {}
        # How many numbers the patches take depends on the image: two uniform
        # numbers are the key of a stream of their own.
        key = ops.cast(uniforms * 2**24, "int32")
        rows, columns = self.grid(image_shape)
        count = 2 * rows * columns
        stream = uniform_rows(
            key[:, :1], key[:, 1:], ops.zeros_like(key[:, 0]), count
        )
        places = ops.floor(stream * (self.room + 1))
        places = ops.reshape(places, (-1, 2, rows, columns))
        return {"top": places[:, 0], "left": places[:, 1]}

    def neutral(self, image_shape):
        centre = np.full(self.grid(image_shape), self.room // 2)
        return {"top": centre, "left": centre}

    def apply(self, planes, draws):
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
        patch_shape = (planes.shape[1], self.size, self.size)
        return ops.reshape(patches, (-1, rows, columns, *patch_shape))

    def output_image_shape(self, image_shape):
        patch_shape = (self.size, self.size, image_shape[2])
        return (*self.grid(image_shape), *patch_shape)

    def get_config(self):
        return {
            **super().get_config(),
            "size": self.size,
            "stride": self.stride,
            "crop": self.crop,
        }

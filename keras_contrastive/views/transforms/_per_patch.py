"""Random numbers for each patch of a grid by itself."""

import math

from keras import ops

from keras_contrastive.ops._random_bits import uniform_rows


def numbers_from(uniforms, count):
    """`count` uniform numbers out of two.

    How many numbers patches take depends on the image: two uniform numbers
    are the key of a stream of their own.

    Args:
        uniforms: float32 tensor `(batch, 2)` in [0, 1).
        count: Integer, numbers wanted for each image.

    Returns:
        float32 tensor `(batch, count)` in [0, 1).
    """
    key = ops.cast(uniforms * 2**24, "int32")
    return uniform_rows(
        key[:, :1], key[:, 1:], ops.zeros_like(key[:, 0]), count
    )


def per_patch(uniforms, image_shape):
    """One uniform number for each patch: `(batch, *grid)`."""
    grid = grid_of(image_shape)
    return ops.reshape(numbers_from(uniforms, math.prod(grid)), (-1, *grid))


def grid_of(image_shape):
    """Sides of the grid of patches; none where it is a single image."""
    return tuple(image_shape[:-3])


def meet_patches(values):
    """`(batch, *grid)`, to meet planes `(batch, *grid, channels, h, w)`."""
    return values[..., None, None, None]

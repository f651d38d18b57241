"""Images as planes: the layout in which views are computed.

Products along rows and columns are plain matrix products on `(batch,
channels, height, width)`, and three separate color planes are about twice as
fast as one tensor with a channel axis to reduce.
"""

from keras import ops

from keras_contrastive.ops import unit_range

# Weights of red, green and blue in gray, as in torchvision and ITU-R 601-2.
LUMA = (0.2989, 0.587, 0.114)


def images_to_planes(images):
    """`(batch, ..., height, width, channels)`, any type, to float32 planes."""
    return unit_range(ops.moveaxis(images, -1, -3))


def image_shape_of(planes):
    """Shape `(..., height, width, channels)` of the images planes are."""
    *grid, channels, height, width = planes.shape[1:]
    return (*grid, height, width, channels)


def planes_to_images(planes):
    """`(batch, ..., channels, height, width)` to channels last."""
    return ops.moveaxis(planes, -3, -1)


def gray_of(channels):
    """Gray plane of a list of planes: one gray plane, or red, green, blue."""
    if len(channels) == 1:
        return channels[0]
    red, green, blue = channels
    return LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue


def require_channels(transform, image_shape, allowed):
    """Raises `ValueError` unless images have an allowed number of channels."""
    channels = image_shape[-1]
    if channels not in allowed:
        expected = " or ".join(str(number) for number in allowed)
        raise ValueError(
            f"`{type(transform).__name__}` needs images with {expected} "
            f"channels. Received: image shape {tuple(image_shape)}"
        )


def per_image(values):
    """`(batch,)` to `(batch, 1, 1)`, to meet planes `(batch, h, w)`."""
    return ops.reshape(values, (-1, 1, 1))

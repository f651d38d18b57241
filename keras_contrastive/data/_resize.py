import numpy as np

from keras_contrastive._check_integer import check_integer


def pillow():
    """Imports Pillow, the decoder that needs no deep learning framework."""
    try:
        import PIL.Image
    except ImportError as error:
        raise ImportError(
            "Decoding and resizing images needs Pillow: `pip install pillow`."
        ) from error
    return PIL.Image


def resize(image, size):
    """Resizes the shorter side, then cuts out the middle, in one step.

    Args:
        image: Pillow image.
        size: Integer, height and width of the result in pixels.

    Returns:
        `uint8` array `(size, size, channels)`: antialiased, bilinear.
    """
    side = min(image.size)
    left, top = (image.width - side) / 2, (image.height - side) / 2
    image = image.resize(
        (size, size),
        pillow().Resampling.BILINEAR,
        box=(left, top, left + side, top + side),
    )
    return np.asarray(image).reshape(size, size, -1)


def check_image_size(image_size):
    meaning = ", height and width in pixels"
    check_integer("image_size", image_size, 1, meaning=meaning)

"""Windows cut out of images at whole pixels.

A gather of pixels is exact on every accelerator, where a product with one-hot
matrices would round, and in a compiled step on a CPU several times as fast.
"""

from keras import ops


def windows(planes, tops, lefts, height, width):
    """Cuts windows of one size out of each image.

    Args:
        planes: `(batch, channels, image_height, image_width)`.
        tops: float32 `(batch, windows)`, whole numbers: the first row of each
            window. The windows must lie inside the image.
        lefts: Likewise, the first columns.
        height: Integer, rows of a window.
        width: Integer, columns of a window.

    Returns:
        Tensor `(batch, windows, channels, height, width)`.
    """
    channels, image_height, image_width = planes.shape[1:]
    rows = pixels_from(tops, height)
    columns = pixels_from(lefts, width)
    places = rows[..., None] * image_width + columns[:, :, None]
    flat = ops.reshape(planes, (-1, channels, image_height * image_width))
    number = tops.shape[1]
    places = ops.reshape(places, (-1, 1, number * height * width))
    cut = ops.take_along_axis(flat, places, axis=2)
    cut = ops.reshape(cut, (-1, channels, number, height, width))
    return ops.swapaxes(cut, 1, 2)


def pixels_from(starts, length):
    """`(batch, windows)` to the pixels `(batch, windows, length)`."""
    starts = ops.cast(starts, "int32")[:, :, None]
    return starts + ops.arange(length, dtype="int32")

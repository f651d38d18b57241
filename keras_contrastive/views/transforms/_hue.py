"""Where a color lies on the circle of hues."""

from keras import ops


def hue_of(red, green, blue):
    """Hue of planes, with their lowest and highest channel.

    Returns:
        Three tensors like `red`: the hue in sixths of a turn, from -1 (blue
        side of red) over 0 (red), 2 (green) and 4 (blue) to 5, and 0 for
        gray; the lowest channel; the highest channel.
    """
    high = ops.maximum(ops.maximum(red, green), blue)
    low = ops.minimum(ops.minimum(red, green), blue)
    chroma = high - low
    inverse = 1 / ops.where(chroma > 0, chroma, 1.0)
    hue = ops.where(
        high == red,
        (green - blue) * inverse,
        ops.where(
            high == green,
            2 + (blue - red) * inverse,
            4 + (red - green) * inverse,
        ),
    )
    return hue, low, high


def full_turns_off(hue):
    """A hue in sixths of a turn, brought to 0..6."""
    return hue - 6 * ops.floor(hue / 6)

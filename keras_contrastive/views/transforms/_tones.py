"""Operations of RandAugment on the tones of pixels.

Each takes planes `(batch, channels, height, width)` in 0..1, levels `(batch,)`
in 0..10, and a number that only those that move pixels use. Pillow computes
them on `uint8`; here, only what depends on the 256 tones is rounded to them.
"""

from keras import ops

from keras_contrastive.views.transforms._planes import gray_of


def auto_contrast(planes, level, number):
    """Stretches each channel to the whole range."""
    low = ops.min(planes, axis=(2, 3), keepdims=True)
    high = ops.max(planes, axis=(2, 3), keepdims=True)
    varies = high > low
    stretched = (planes - low) / ops.where(varies, high - low, 1.0)
    return ops.where(varies, stretched, planes)


def equalize(planes, level, number):
    """Makes all tones of a channel about equally frequent."""
    channels, height, width = planes.shape[1:]
    tones = ops.reshape(tones_of(planes), (-1, channels, height * width))
    tones = ops.cast(tones, "int32")
    frequency = histogram(tones)
    every = ops.arange(256, dtype="int32")
    brightest = ops.max(
        ops.where(frequency > 0, every, 0), axis=2, keepdims=True
    )
    others = height * width - ops.take_along_axis(frequency, brightest, 2)
    step = others // 255
    darker = ops.cumsum(frequency, axis=2) - frequency
    table = (darker + step // 2) // ops.maximum(step, 1)
    table = ops.where(step > 0, ops.minimum(table, 255), every)
    equalized = ops.take_along_axis(table, tones, axis=2)
    equalized = ops.reshape(equalized, (-1, channels, height, width))
    return ops.cast(equalized, "float32") / 255


def histogram(tones):
    """int32 tones `(batch, channels, pixels)` to counts `(..., 256)`."""
    batch, (channels, pixels) = ops.shape(tones)[0], tones.shape[1:]
    start = 256 * ops.arange(batch * channels, dtype="int32")
    bins = ops.reshape(tones, (-1, pixels)) + start[:, None]
    bins = ops.reshape(bins, (-1,))
    counts = ops.segment_sum(
        ops.ones_like(bins), bins, num_segments=batch * channels * 256
    )
    return ops.reshape(counts, (-1, channels, 256))


def invert(planes, level, number):
    return 1 - planes


def posterize(planes, level, number):
    """Keeps the upper `int(0.4 level)` of eight bits."""
    bits = ops.floor(4 * share_of(level))
    step = ops.power(2.0, 8 - bits)
    return ops.floor(tones_of(planes) / step) * step / 255


def solarize(planes, level, number):
    """Inverts tones from `int(25.6 level)` on: none at level 10."""
    threshold = ops.floor(256 * share_of(level))
    return ops.where(tones_of(planes) >= threshold, 1 - planes, planes)


def solarize_add(planes, level, number):
    """Brightens tones below 128 by `int(11 level)`."""
    added = ops.floor(110 * share_of(level)) / 255
    brighter = ops.minimum(planes + added, 1.0)
    return ops.where(tones_of(planes) < 128, brighter, planes)


def color(planes, level, number):
    return away_from(gray_plane(planes), planes, level)


def contrast(planes, level, number):
    gray = ops.mean(gray_plane(planes), axis=(2, 3), keepdims=True)
    return away_from(gray, planes, level)


def brightness(planes, level, number):
    return away_from(0.0, planes, level)


def sharpness(planes, level, number):
    """Away from the mean of 3 x 3 pixels, the middle one counted five times.

    Pixels at the border have no such mean and stay.
    """
    rows = planes[:, :, :-2] + planes[:, :, 1:-1] + planes[:, :, 2:]
    total = rows[..., :-2] + rows[..., 1:-1] + rows[..., 2:]
    middle = planes[:, :, 1:-1]
    smooth = (total + 4 * middle[..., 1:-1]) / 13
    smooth = ops.concatenate([middle[..., :1], smooth, middle[..., -1:]], 3)
    smooth = ops.concatenate([planes[:, :, :1], smooth, planes[:, :, -1:]], 2)
    return away_from(smooth, planes, level)


def away_from(dull, planes, level):
    """Scales the distance from a duller image by 0.1 to 1.9."""
    factor = 1.8 * share_of(level) + 0.1
    return ops.clip(dull + factor * (planes - dull), 0.0, 1.0)


def share_of(level):
    return ops.reshape(level / 10, (-1, 1, 1, 1))


def gray_plane(planes):
    return gray_of(ops.split(planes, planes.shape[1], axis=1))


def tones_of(planes):
    """The nearest of 256 tones, a whole number."""
    return ops.floor(255 * planes + 0.5)


PLAIN = (auto_contrast, equalize, invert)  # without a level
TONES = (
    *PLAIN,
    *(posterize, solarize, solarize_add),
    *(color, contrast, brightness, sharpness),
)

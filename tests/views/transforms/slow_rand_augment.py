"""Operations of RandAugment on one float64 image, pixel after pixel.

Written from the code of InfoMin and of Pillow. Images are `(height, width, 3)`
in 0..1.
"""

import math

import numpy as np

FILL = np.array([124, 116, 104]) / 255


def tone(value):
    return math.floor(255 * value + 0.5)


def each_value(image, function):
    result = np.zeros(image.shape)
    for index in np.ndindex(image.shape):
        result[index] = function(image[index])
    return result


def slow_auto_contrast(image, level):
    result = np.array(image)
    for channel in range(3):
        values = image[..., channel]
        low, high = values.min(), values.max()
        if high > low:
            result[..., channel] = (values - low) / (high - low)
    return result


def slow_equalize(image, level):
    result = np.zeros(image.shape)
    for channel in range(3):
        counts = [0] * 256
        for value in image[..., channel].ravel():
            counts[tone(value)] += 1
        present = [count for count in counts if count]
        step = (sum(present) - present[-1]) // 255
        table, seen = list(range(256)), step // 2
        if step:
            for i in range(256):
                table[i] = min(255, seen // step)
                seen += counts[i]
        for i, j in np.ndindex(image.shape[:2]):
            result[i, j, channel] = table[tone(image[i, j, channel])] / 255
    return result


def slow_invert(image, level):
    return each_value(image, lambda x: 1 - x)


def slow_posterize(image, level):
    bits = int(level / 10 * 4)
    mask = ~(2 ** (8 - bits) - 1)
    return each_value(image, lambda x: (tone(x) & mask) / 255)


def slow_solarize(image, level):
    threshold = int(level / 10 * 256)
    return each_value(image, lambda x: x if tone(x) < threshold else 1 - x)


def slow_solarize_add(image, level):
    added = int(level / 10 * 110) / 255
    return each_value(
        image, lambda x: min(1, x + added) if tone(x) < 128 else x
    )


def gray_of(image):
    return image @ [0.2989, 0.587, 0.114]


def blend(dull, image, level):
    factor = level / 10 * 1.8 + 0.1
    mixed = dull * (1 - factor) + image * factor
    return each_value(mixed, lambda x: min(1, max(0, x)))


def slow_color(image, level):
    return blend(np.stack([gray_of(image)] * 3, axis=-1), image, level)


def slow_contrast(image, level):
    return blend(np.full(image.shape, gray_of(image).mean()), image, level)


def slow_brightness(image, level):
    return blend(np.zeros(image.shape), image, level)


def slow_sharpness(image, level):
    smooth = np.array(image)
    for i in range(1, image.shape[0] - 1):
        for j in range(1, image.shape[1] - 1):
            around = image[i - 1 : i + 2, j - 1 : j + 2].sum((0, 1))
            smooth[i, j] = (around + 4 * image[i, j]) / 13
    return blend(smooth, image, level)


def linear(distance):
    return max(0, 1 - distance)


def cubic(d):
    if d < 1:
        return d**3 - 2 * d**2 + 1
    return -(d**3) + 5 * d**2 - 8 * d + 4 if d < 2 else 0


def slow_warp(image, source_of, bicubic):
    """`source_of` maps the place of a new pixel to one in the image."""
    height, width = image.shape[:2]
    kernel, reach = (cubic, 2) if bicubic else (linear, 1)
    result = np.zeros(image.shape)
    for i, j in np.ndindex(height, width):
        x, y = source_of(j + 0.5, i + 0.5)
        if not (0 <= x < width and 0 <= y < height):
            result[i, j] = FILL
            continue
        x, y = x - 0.5, y - 0.5
        left, top = math.floor(x), math.floor(y)
        for row in range(top - reach + 1, top + reach + 1):
            for column in range(left - reach + 1, left + reach + 1):
                weight = kernel(abs(y - row)) * kernel(abs(x - column))
                inner_row = min(max(row, 0), height - 1)
                inner_column = min(max(column, 0), width - 1)
                result[i, j] += weight * image[inner_row, inner_column]
    return np.clip(result, 0, 1)


def slow_rotate(image, level, bicubic):
    """Counter-clockwise, about the center."""
    middle_y, middle_x = np.array(image.shape[:2]) / 2
    angle = math.radians(level / 10 * 30)

    def source_of(x, y):
        x, y = x - middle_x, y - middle_y
        return (
            middle_x + math.cos(angle) * x - math.sin(angle) * y,
            middle_y + math.sin(angle) * x + math.cos(angle) * y,
        )

    return slow_warp(image, source_of, bicubic)


def slow_shear_x(image, level, bicubic):
    factor = level / 10 * 0.3
    return slow_warp(image, lambda x, y: (x + factor * y, y), bicubic)


def slow_shear_y(image, level, bicubic):
    factor = level / 10 * 0.3
    return slow_warp(image, lambda x, y: (x, factor * x + y), bicubic)


def slow_translate_x(image, level, bicubic):
    pixels = level / 10 * 0.45 * image.shape[1]
    return slow_warp(image, lambda x, y: (x + pixels, y), bicubic)


def slow_translate_y(image, level, bicubic):
    pixels = level / 10 * 0.45 * image.shape[0]
    return slow_warp(image, lambda x, y: (x, y + pixels), bicubic)


SLOW_TONES = [
    *(slow_auto_contrast, slow_equalize, slow_invert),
    *(slow_posterize, slow_solarize, slow_solarize_add),
    *(slow_color, slow_contrast, slow_brightness, slow_sharpness),
]
SLOW_WARPS = [
    *(slow_rotate, slow_shear_x, slow_translate_x),
    *(slow_shear_y, slow_translate_y),
]


def slow_operation(image, operation, level, bicubic):
    """Operation 1 to 15, as `RandAugment` numbers them; 0 is none."""
    image = image.astype("float64")
    if operation == 0:
        return image
    if operation <= len(SLOW_TONES):
        return SLOW_TONES[operation - 1](image, level)
    warp = SLOW_WARPS[operation - len(SLOW_TONES) - 1]
    return warp(image, level, bicubic)

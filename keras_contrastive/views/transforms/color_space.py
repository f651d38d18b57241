import functools
from typing import Any

import numpy as np
from keras import ops

from keras_contrastive._export import export
from keras_contrastive.views.base_transform import BaseTransform
from keras_contrastive.views.transforms._hue import full_turns_off, hue_of
from keras_contrastive.views.transforms._planes import require_channels

# Weights of red, green and blue in 0..1; one row for each new channel.
MATRICES = {
    "xyz": (
        (0.412453, 0.357580, 0.180423),
        (0.212671, 0.715160, 0.072169),
        (0.019334, 0.119193, 0.950227),
    ),
    "ycbcr": (
        (65.481, 128.553, 24.966),
        (-37.797, -74.203, 112.0),
        (112.0, -93.786, -18.214),
    ),
    "ydbdr": (
        (0.299, 0.587, 0.114),
        (-0.45, -0.883, 1.333),
        (-1.333, 1.116, 0.217),
    ),
    "yiq": (
        (0.299, 0.587, 0.114),
        (0.59590059, -0.27455667, -0.32134392),
        (0.21153661, -0.52273617, 0.31119955),
    ),
    "ypbpr": (
        (0.299, 0.587, 0.114),
        (-0.168736, -0.331264, 0.5),
        (0.5, -0.418688, -0.081312),
    ),
    "yuv": (
        (0.299, 0.587, 0.114),
        (-0.14714119, -0.28886916, 0.43601035),
        (0.61497538, -0.51496512, -0.10001026),
    ),
}
OFFSETS = {"ycbcr": (16.0, 128.0, 128.0)}

D65_WHITE = (0.95047, 1.0, 1.08883)
# Lowest and highest L, a, b of any color, each at a corner of the RGB cube.
LAB_BOUNDS = (0.0, -86.183, -107.857), (100.0, 98.233, 94.478)


@export
class ColorSpace(BaseTransform):
    """Expresses the colors of every image in a color space other than RGB.

    XYZ and Lab (white D65) take the pixels as sRGB and undo its gamma first;
    the others act on the pixels as they are. The result is in the native
    range of the space:

    * `"hsv"`: 0..1 each; hue 0 is red, 1/3 green, 2/3 blue;
    * `"lab"`: L 0..100, a -86.2..98.2, b -107.9..94.5;
    * `"rgb"`: 0..1 each, unchanged, for comparison;
    * `"xyz"`: X 0..0.950, Y 0..1, Z 0..1.089;
    * `"ycbcr"`: Y 16..235, Cb and Cr 16..240;
    * `"ydbdr"`: Y 0..1, Db and Dr -1.333..1.333;
    * `"yiq"`: Y 0..1, I -0.596..0.596, Q -0.523..0.523;
    * `"ypbpr"`: Y 0..1, Pb and Pr -0.5..0.5;
    * `"yuv"`: Y 0..1, U -0.436..0.436, V -0.615..0.615.

    Transforms that expect RGB in 0..1 come before it.

    Args:
        space: String, one of the above.

    Parameters: none.

    Raises:
        ValueError: For an unknown space, or for images without exactly three
            channels.

    Example:

    >>> lab = keras_contrastive.views.ColorSpace("lab")
    >>> center, half_range = lab.center_and_half_range()
    >>> normalize = keras_contrastive.views.Normalize(center, half_range)

    Reference: Tian et al., 2019, https://arxiv.org/abs/1906.05849; Tian et
        al., 2020, https://arxiv.org/abs/2005.10243, section 3.3.
    """

    def __init__(self, space: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if space not in CONVERSIONS:
            raise ValueError(
                f"`space` must be one of {sorted(CONVERSIONS)}. "
                f"Received: space={space!r}"
            )
        self.space = space

    def check(self, image_shape: tuple[int, int, int]) -> None:
        require_channels(self, image_shape, (3,))

    def change(self, planes: Any, draws: Any) -> Any:
        channels = ops.unstack(planes, 3, axis=1)
        return ops.stack(CONVERSIONS[self.space](channels), axis=1)

    def center_and_half_range(self) -> tuple[list[float], list[float]]:
        """Where the values of each channel lie, over all colors.

        Returns:
            Two lists of three floats, fit to be `mean` and `std` of a
            `Normalize` to -1..1.
        """
        if self.space in ("hsv", "rgb"):
            low, high = np.zeros(3), np.ones(3)
        elif self.space == "lab":
            low, high = np.array(LAB_BOUNDS)
        else:
            matrix = np.array(MATRICES[self.space])
            offset = np.array(OFFSETS.get(self.space, 0.0))
            low = offset + np.minimum(matrix, 0).sum(1)
            high = offset + np.maximum(matrix, 0).sum(1)
        return ((low + high) / 2).tolist(), ((high - low) / 2).tolist()


def to_linear_space(channels, space):
    """Products with a matrix, plane by plane, and the offsets."""
    offsets = OFFSETS.get(space, (0.0, 0.0, 0.0))
    return [
        sum(weight * x for weight, x in zip(row, channels, strict=True))
        + offset
        for row, offset in zip(MATRICES[space], offsets, strict=True)
    ]


def to_xyz(channels):
    return to_linear_space([undo_gamma(x) for x in channels], "xyz")


def undo_gamma(x):
    """Linear light of sRGB values, in 0..1 (IEC 61966-2-1)."""
    # Neither branch may see values whose power has no gradient.
    bright = ops.maximum(x, 0.04045)
    return ops.where(
        x > 0.04045, power((bright + 0.055) / 1.055, 2.4), x / 12.92
    )


def to_lab(channels):
    x, y, z = (
        lightness(value / white)
        for value, white in zip(to_xyz(channels), D65_WHITE, strict=True)
    )
    return [116 * y - 16, 500 * (x - y), 200 * (y - z)]


def lightness(t):
    """Cube root, continued as a straight line near 0 (CIE 15)."""
    threshold = (6 / 29) ** 3
    root = power(ops.maximum(t, threshold), 1 / 3)
    return ops.where(t > threshold, root, t * (29 / 6) ** 2 / 3 + 4 / 29)


def power(x, exponent):
    """`x ** exponent` for positive `x`, about three times as fast on a CPU."""
    return ops.exp(exponent * ops.log(x))


def to_hsv(channels):
    hue, low, high = hue_of(*channels)
    saturation = (high - low) / ops.where(high > 0, high, 1.0)
    return [full_turns_off(hue) / 6, saturation, high]


CONVERSIONS = {"hsv": to_hsv, "lab": to_lab, "rgb": list, "xyz": to_xyz}
CONVERSIONS |= {
    space: functools.partial(to_linear_space, space=space)
    for space in ("ycbcr", "ydbdr", "yiq", "ypbpr", "yuv")
}

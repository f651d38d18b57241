import colorsys
import itertools
import math

import numpy as np
import pytest
from keras import ops

from keras_contrastive.views import ColorSpace, MultiView, Normalize, Pipeline
from tests.ops.gradient import gradient
from tests.views.samples import arrays, images, replay

# Steps of 1/6 of each channel, among them the corners of the cube and grays.
GRID = np.array(list(itertools.product(range(7), repeat=3)), "float32") / 6
GRID = GRID.reshape(1, 7, 49, 3)


def luma(red, green, blue):
    return 0.299 * red + 0.587 * green + 0.114 * blue


def to_yuv(red, green, blue):
    y = luma(red, green, blue)
    return y, 0.436 * (blue - y) / 0.886, 0.615 * (red - y) / 0.701


def to_yiq(red, green, blue):
    """The color plane of YUV, mirrored and turned by 33 degrees."""
    y = luma(red, green, blue)
    u, v = (blue - y) / 2.03206, (red - y) / 1.13983
    cos, sin = math.cos(math.radians(33)), math.sin(math.radians(33))
    return y, cos * v - sin * u, sin * v + cos * u


def to_ypbpr(red, green, blue):
    y = luma(red, green, blue)
    return y, 0.5 * (blue - y) / 0.886, 0.5 * (red - y) / 0.701


def to_ycbcr(red, green, blue):
    y, pb, pr = to_ypbpr(red, green, blue)
    return 16 + 219 * y, 128 + 224 * pb, 128 + 224 * pr


def to_ydbdr(red, green, blue):
    y = luma(red, green, blue)
    return y, 1.333 * (blue - y) / 0.886, -1.333 * (red - y) / 0.701


def to_xyz(*channels):
    red, green, blue = (
        x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4
        for x in channels
    )
    return (
        0.412453 * red + 0.357580 * green + 0.180423 * blue,
        0.212671 * red + 0.715160 * green + 0.072169 * blue,
        0.019334 * red + 0.119193 * green + 0.950227 * blue,
    )


def to_lab(red, green, blue):
    x, y, z = (
        t ** (1 / 3) if t > 216 / 24389 else (24389 / 27 * t + 16) / 116
        for t in np.divide(to_xyz(red, green, blue), (0.95047, 1, 1.08883))
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


# How to convert one color, and to how many units the published matrices, of
# three to six digits, agree with their definitions.
SPACES = {
    "hsv": (colorsys.rgb_to_hsv, 1e-6),
    "lab": (to_lab, 3e-4),
    "rgb": (lambda *color: color, 0),
    "xyz": (to_xyz, 1e-6),
    "ycbcr": (to_ycbcr, 2e-3),
    "ydbdr": (to_ydbdr, 1e-3),
    "yiq": (to_yiq, 2e-3),
    "ypbpr": (to_ypbpr, 1e-6),
    "yuv": (to_yuv, 4e-5),
}
every = pytest.mark.parametrize("space", SPACES)


def converted(space, pixels):
    return replay(ColorSpace(space), pixels, None)


@every
def test_equals_a_loop_over_pixels(space):
    convert, tolerance = SPACES[space]
    expected = [convert(*color) for color in GRID.reshape(-1, 3).tolist()]
    found = converted(space, GRID).reshape(-1, 3)
    np.testing.assert_allclose(found, expected, atol=tolerance)


@every
def test_equals_scikit_image(space):
    color = pytest.importorskip("skimage.color")
    pixels = images(2, 12, 13)
    if space == "rgb":
        pytest.skip("no conversion there")
    expected = getattr(color, f"rgb2{space}")(pixels.astype("float64"))
    largest = np.abs(expected).max()
    found = converted(space, pixels)
    np.testing.assert_allclose(found, expected, atol=3e-6 * largest)


def test_hsv_equals_keras():
    expected = ops.image.rgb_to_hsv(GRID, data_format="channels_last")
    np.testing.assert_allclose(
        converted("hsv", GRID), ops.convert_to_numpy(expected), atol=1e-6
    )


@pytest.mark.parametrize(
    "color, expected",
    [
        ((0, 0, 0), (0, 0, 0)),
        ((255, 255, 255), (100, 0, 0)),
        ((255, 0, 0), (53.24, 80.09, 67.20)),
        ((0, 255, 0), (87.73, -86.18, 83.18)),
        ((0, 0, 255), (32.30, 79.19, -107.86)),
        ((119, 119, 119), (50.03, 0, 0)),
    ],
)
def test_well_known_colors_in_lab(color, expected):
    pixels = np.array(color, "uint8").reshape(1, 1, 1, 3)
    found = converted("lab", pixels)[0, 0, 0]
    np.testing.assert_allclose(found, expected, atol=0.01)


@every
def test_center_and_half_range_are_those_of_the_cube(space):
    """The grid holds the corners, where the extremes lie."""
    values = converted(space, GRID).astype("float64").reshape(-1, 3)
    if space == "hsv":
        values = np.vstack([values, [1, 1, 1]])  # Hue 1 is hue 0 again.
    low, high = values.min(0), values.max(0)
    center, half_range = ColorSpace(space).center_and_half_range()
    np.testing.assert_allclose(center, (low + high) / 2, atol=1e-3)
    np.testing.assert_allclose(half_range, (high - low) / 2, atol=1e-3)


@every
def test_fits_normalize(space):
    colors = ColorSpace(space)
    normalize = Normalize(*colors.center_and_half_range())
    pixels = images(3, 8, 9)
    views = MultiView([Pipeline([colors, normalize])], seed=1)
    (found,), parameters = views(pixels, return_parameters=True)
    assert 0.5 < np.abs(arrays(found)).max() <= 1 + 1e-5
    assert found.shape == pixels.shape and parameters[0].shape == (3, 0)


def weighted_sum(space, weights):
    weights = ops.convert_to_tensor(weights)
    return lambda x: ops.sum(ColorSpace(space).replay(x, None) * weights)


@every
def test_gradients_equal_differences(space):
    """In float32: a slope that is wrong or missing is off by far more."""
    pixels, step = 0.1 + 0.8 * images(1, 3, 4, seed=2), 1e-2
    weights = images(1, 3, 4, seed=3)
    weights /= np.array(ColorSpace(space).center_and_half_range()[1])
    weights = weights.astype("float32")
    found = gradient(weighted_sum(space, weights), pixels)
    for c in range(3):
        shift = step * np.eye(3, dtype="float32")[c]
        both = np.concatenate([pixels + shift, pixels - shift])
        up, down = converted(space, both).astype("float64")
        expected = ((up - down) * weights[0]).sum(-1) / (2 * step)
        scale = np.abs(expected).max()
        np.testing.assert_allclose(
            found[0, ..., c], expected, atol=0.05 * scale
        )


@every
def test_gradients_are_finite_at_black_and_gray(space):
    pixels = np.zeros((1, 4, 4, 3), "float32")
    pixels[0, 1] = 0.5
    pixels[0, 2] = 1.0
    pixels[0, 3] = np.eye(4, 3)  # Primary colors, and black.
    pixels = np.concatenate([pixels, pixels - 0.1])  # Below 0, too.
    weights = images(2, 4, 4, seed=1)
    found = gradient(weighted_sum(space, weights), pixels)
    assert np.isfinite(found).all() and np.abs(found[:, 1]).max() > 0.05


@pytest.mark.parametrize("channels", [1, 4, 13])
def test_needs_three_channels(channels):
    message = rf"`ColorSpace` needs.*3 channels.*\(8, 8, {channels}\)"
    with pytest.raises(ValueError, match=message):
        ColorSpace("lab").check((8, 8, channels))
    ColorSpace("lab").check((8, 8, 3))


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"space": "hsl"}, "`space` must be one of .*'hsv', 'lab'.*'hsl'"),
        ({"space": "Lab"}, "`space` must be one of.*space='Lab'"),
        (
            {"space": "lab", "probability": 0.5},
            "Unrecognized.*'probability': 0.5",
        ),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        ColorSpace(**arguments)

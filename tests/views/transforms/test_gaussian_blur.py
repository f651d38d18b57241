import functools
import math

import numpy as np
import pytest
from keras import ops

from keras_contrastive.views import GaussianBlur
from keras_contrastive.views.transforms import gaussian_blur
from keras_contrastive.views.transforms._blur import (
    blur_by_matrices,
    blur_by_shifts,
)
from tests.ops.gradient import gradient
from tests.ops.one_program import one_program
from tests.views.samples import arrays, draw, images, replay, tensors

SIGMAS = (0.1, 0.5, 1.0, 2.0, 7.0)


def mirrored(i, size):
    """Border pixels are not repeated: -1 is 1."""
    if i < 0:
        return -i
    return i if i < size else 2 * (size - 1) - i


def slow_blur(image, sigma, kernel_size):
    height, width = image.shape[:2]
    radius = kernel_size // 2
    result = np.zeros(image.shape)
    total = 0.0
    for dy in range(-radius, radius + 1):
        for dx in range(-radius, radius + 1):
            weight = math.exp(-(dy**2 + dx**2) / (2 * sigma**2))
            total += weight
            for i, j in np.ndindex(height, width):
                source = mirrored(i + dy, height), mirrored(j + dx, width)
                result[i, j] += weight * image[source].astype("float64")
    return result / total


@functools.cache
def form(blur, radius):
    return one_program(lambda planes, sigma: blur(planes, sigma, radius))


def blurred(pixels, sigmas, **kwargs):
    draws = tensors({"sigma": sigmas})
    return replay(GaussianBlur(**kwargs), pixels, draws)


# 13 taps on 7 pixels: both borders mirror into the same pixel.
@pytest.mark.parametrize(
    "kernel_size, height, width", [(3, 6, 9), (13, 7, 8), (5, 9, 3), (1, 2, 2)]
)
def test_equals_a_loop_over_pixels(kernel_size, height, width):
    pixels = images(len(SIGMAS), height, width, channels=2)
    found = blurred(pixels, SIGMAS, kernel_size=kernel_size)
    expected = [
        slow_blur(image, sigma, kernel_size)
        for image, sigma in zip(pixels, SIGMAS, strict=True)
    ]
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize(
    "height, taps", [(32, 3), (64, 7), (96, 9), (128, 13), (160, 17), (224, 23)]
)
def test_default_kernel_is_a_tenth_of_the_height(height, taps):
    pixels = np.zeros((1, height, 40, 1), "float32")
    pixels[0, height // 2, 20] = 1
    found = blurred(pixels, [50.0])
    for axis in (1, 2):
        line = found.sum(axis=(2 if axis == 1 else 1, 3, 0))
        assert np.count_nonzero(line > 1e-4) == taps


@pytest.mark.parametrize(
    "radius, height, width", [(1, 6, 9), (6, 7, 8), (2, 9, 3), (0, 2, 2)]
)
def test_both_forms_equal_a_loop_over_pixels(radius, height, width):
    pixels = images(len(SIGMAS), height, width, channels=2)
    expected = [
        slow_blur(image, sigma, 2 * radius + 1)
        for image, sigma in zip(pixels, SIGMAS, strict=True)
    ]
    planes, sigmas = tensors([np.moveaxis(pixels, 3, 1), SIGMAS])
    for blur in (blur_by_matrices, blur_by_shifts):
        found = arrays(form(blur, radius)(planes, sigmas))
        np.testing.assert_allclose(
            np.moveaxis(found, 1, 3), expected, atol=1e-6
        )


@pytest.mark.backends("tensorflow", "jax")
@pytest.mark.parametrize(
    "platform, form", [("cpu", "shifts"), ("gpu", "matrices")]
)
def test_form_follows_the_platform(platform, form, monkeypatch):
    monkeypatch.setattr(gaussian_blur, "on_cpu", lambda: platform == "cpu")
    monkeypatch.setattr(gaussian_blur, "by_xla", lambda function: function)
    name = f"blur_by_{form}"
    monkeypatch.setattr(gaussian_blur, name, lambda *args: name)
    draws = {"sigma": None}
    assert GaussianBlur().change(np.zeros((1, 3, 8, 8)), draws) == name


def test_constant_image_stays():
    pixels = np.full((len(SIGMAS), 8, 9, 3), 0.7, "float32")
    found = blurred(pixels, SIGMAS, kernel_size=7)
    np.testing.assert_allclose(found, pixels, atol=1e-6)


def test_no_width_is_no_blur():
    pixels = images(2, 8, 9)
    blur = GaussianBlur(kernel_size=7)
    draws = blur.identity(2, (8, 9, 3))
    np.testing.assert_array_equal(arrays(blur.encode(draws)), [[0, 0]] * 2)
    np.testing.assert_allclose(replay(blur, pixels, draws), pixels, atol=1e-7)


@pytest.mark.parametrize("sigmas", [[0.0, 0.0], [0.1, 2.0]])
def test_gradients_are_finite(sigmas):
    blur, pixels = GaussianBlur(kernel_size=3), images(2, 4, 5)
    weights = ops.convert_to_tensor(images(2, 4, 5, seed=1))

    def loss(sigmas):
        return ops.sum(blur.replay(pixels, {"sigma": sigmas}) * weights)

    found = gradient(loss, np.array(sigmas, "float32"))
    assert np.isfinite(found).all() and (found[1] != 0) == (sigmas[1] != 0)


def test_sigma_is_uniform_in_its_range():
    draws = arrays(draw(GaussianBlur(sigma=(0.5, 1.5)), 5000, (32, 32, 3)))
    np.testing.assert_allclose(
        np.quantile(draws["sigma"], [0, 0.25, 0.5, 0.75, 1]),
        np.linspace(0.5, 1.5, 5),
        atol=0.04,
    )
    assert draws["sigma"].min() >= 0.5 and draws["sigma"].max() <= 1.5


@pytest.mark.parametrize(
    "kernel_size, image_shape",
    [(23, (11, 32, 3)), (23, (32, 11, 3)), (None, (224, 11, 3))],
)
def test_kernel_wider_than_mirroring_allows(kernel_size, image_shape):
    message = r"`kernel_size` must be below.*kernel_size=.*image shape \("
    with pytest.raises(ValueError, match=message):
        GaussianBlur(kernel_size=kernel_size).check(image_shape)
    height, width, channels = image_shape
    enough = (max(height, 12), max(width, 12), channels)
    GaussianBlur(kernel_size=kernel_size).check(enough)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"sigma": (0, 1)}, r"`sigma` must be a pair 0 <.*sigma=\(0, 1\)"),
        ({"sigma": (2, 1)}, r"`sigma` must be a pair.*sigma=\(2, 1\)"),
        ({"sigma": (1, 2, 3)}, "`sigma` must be a pair"),
        ({"sigma": 1.0}, "`sigma` must be a pair.*sigma=1.0"),
        ({"kernel_size": 4}, "`kernel_size` must be .* odd.*kernel_size=4"),
        ({"kernel_size": -3}, "`kernel_size` must be a positive.*-3"),
        ({"kernel_size": 0}, "`kernel_size` must be a positive.*=0"),
        ({"kernel_size": 2.5}, "`kernel_size` must be.*=2.5"),
        ({"probability": -0.5}, "`probability` is a share.*=-0.5"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        GaussianBlur(**arguments)

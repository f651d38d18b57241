import numpy as np
import pytest
from keras import ops

from keras_contrastive.views import (
    FrequencySplit,
    GaussianBlur,
    MultiView,
    Pipeline,
)
from tests.ops.gradient import gradient
from tests.views.samples import arrays, draw, images, replay, tensors

SIGMAS = (0.3, 0.7, 1.5, 6.0)


def bands(pixels, sigmas):
    return replay(FrequencySplit(1.0), pixels, tensors({"sigma": sigmas}))


def slow_line(line, sigma):
    """Blurs a line whose border pixels mirror it, up to the other border."""
    size = len(line)
    result = np.zeros(size)
    for i in range(size):
        total = 0.0
        for offset in range(1 - size, size):
            source = abs(i + offset)
            source = min(source, 2 * (size - 1) - source)
            weight = np.exp(-(offset**2) / (2 * sigma**2))
            result[i] += weight * line[source]
            total += weight
        result[i] /= total
    return result


def slow_blur(image, sigma):
    image = image.astype("float64")
    image = np.apply_along_axis(slow_line, 0, image, sigma)
    return np.apply_along_axis(slow_line, 1, image, sigma)


@pytest.mark.parametrize("channels", [1, 3, 4, 13])
def test_equals_a_loop_over_pixels(channels):
    pixels = images(len(SIGMAS), 6, 9, channels)
    low, high = bands(pixels, SIGMAS)
    expected = np.array(list(map(slow_blur, pixels, SIGMAS)))
    np.testing.assert_allclose(low, expected, atol=1e-6)
    np.testing.assert_allclose(high, pixels - expected, atol=1e-6)


def test_equals_the_blur_with_as_many_taps():
    pixels = images(len(SIGMAS), 8, 8)
    blur = GaussianBlur(kernel_size=15)
    expected = replay(blur, pixels, tensors({"sigma": SIGMAS}))
    np.testing.assert_allclose(bands(pixels, SIGMAS)[0], expected, atol=1e-6)


def test_equals_scipy_where_the_cut_does_not_matter():
    filters = pytest.importorskip("scipy.ndimage")
    pixels = images(1, 32, 24, 1)
    expected = filters.gaussian_filter(
        pixels[0, ..., 0].astype("float64"), 1.5, mode="mirror", truncate=8
    )
    low, _ = bands(pixels, [1.5])
    np.testing.assert_allclose(low[0, ..., 0], expected, atol=1e-6)


def test_both_views_add_up_to_the_image():
    pixels = (255 * images(len(SIGMAS), 7, 8)).astype("uint8")
    low, high = bands(pixels, SIGMAS)
    np.testing.assert_allclose(low + high, pixels / 255, atol=1e-6)
    assert high.min() < -0.1 and high.max() > 0.1


def test_a_plain_image_has_no_high_frequencies():
    pixels = np.full((len(SIGMAS), 5, 8, 3), 0.7, "float32")
    np.testing.assert_allclose(bands(pixels, SIGMAS)[1], 0, atol=1e-6)


def test_the_wider_the_more_is_left_for_the_second_view():
    pixels = np.repeat(images(1, 16, 16), len(SIGMAS), 0)
    energy = bands(pixels, SIGMAS)[1].var((1, 2, 3))
    assert (np.diff(energy) > 0).all()


def test_views_in_a_layer():
    views = MultiView([Pipeline([FrequencySplit((0.5, 2.0))])], seed=1)
    pixels = images(3, 8, 9)
    (low, high), parameters = views(pixels, return_parameters=True)
    np.testing.assert_allclose(low + high, pixels, atol=1e-6)
    sigmas = arrays(parameters[0])
    assert sigmas.shape == (3, 1) and len(np.unique(sigmas)) == 3
    np.testing.assert_array_equal(arrays(parameters[1]), sigmas)
    expected = bands(pixels, sigmas[:, 0])[0]
    np.testing.assert_allclose(arrays(low), expected, atol=1e-6)


@pytest.mark.parametrize("sigma, ends", [((0.5, 1.5), (0.5, 1.5)), (2, (2, 2))])
def test_sigma_is_uniform_in_its_range(sigma, ends):
    draws = arrays(draw(FrequencySplit(sigma), 5000, (8, 8, 3)))
    np.testing.assert_allclose(
        np.quantile(draws["sigma"], [0, 0.25, 0.5, 0.75, 1]),
        np.linspace(*ends, 5),
        atol=0.04,
    )
    assert draws["sigma"].min() >= ends[0] and draws["sigma"].max() <= ends[1]


def test_identity_puts_all_in_the_first_view():
    split, pixels = FrequencySplit(1.0), images(2, 5, 6)
    low, high = replay(split, pixels, split.identity(2, (5, 6, 3)))
    np.testing.assert_allclose(low, pixels, atol=1e-7)
    np.testing.assert_allclose(high, 0, atol=1e-7)


def test_images_of_one_row():
    pixels = images(1, 1, 6)
    low, _ = bands(pixels, [1.0])
    np.testing.assert_allclose(low[0], slow_blur(pixels[0], 1.0), atol=1e-6)


@pytest.mark.parametrize("sigma", [0.0, 1.0])
def test_gradients_are_finite(sigma):
    split, pixels = FrequencySplit(1.0), images(1, 4, 5)
    weights = ops.convert_to_tensor(images(1, 4, 5, seed=1))

    def loss(sigmas):
        low, high = split.replay(pixels, {"sigma": sigmas})
        return ops.sum((low - high) * weights)

    found = gradient(loss, np.array([sigma], "float32"))
    assert np.isfinite(found).all() and (found[0] != 0) == (sigma != 0)


@pytest.mark.parametrize("sigma", [0, -1.0, (0, 1), (2, 1), (1, 2, 3), ()])
def test_wrong_sigma(sigma):
    with pytest.raises(ValueError, match="`sigma` must be positive.*sigma="):
        FrequencySplit(sigma)


def test_takes_no_probability():
    with pytest.raises(ValueError, match="Unrecognized.*'probability': 0.5"):
        FrequencySplit(1.0, probability=0.5)

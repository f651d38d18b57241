import colorsys
import itertools

import numpy as np
import pytest
from keras import ops

from keras_contrastive.views import ColorJitter
from tests.ops.gradient import gradient
from tests.views.samples import arrays, draw, images, replay, tensors

OPERATIONS = ("brightness", "contrast", "saturation", "hue")
ORDERS = list(itertools.permutations(range(4)))
JITTER = ColorJitter(0.8, 0.8, 0.8, 0.2)
LUMA = np.array([0.2989, 0.587, 0.114])


def blend(image, other, factor):
    return (factor * image + (1 - factor) * other).clip(0, 1)


def turn_hue(image, turns):
    result = np.zeros_like(image)
    for i, j in np.ndindex(image.shape[:2]):
        hue, saturation, value = colorsys.rgb_to_hsv(*image[i, j])
        result[i, j] = colorsys.hsv_to_rgb(
            (hue + turns) % 1.0, saturation, value
        )
    return result


def slow_jitter(image, order, factors):
    """The formulas of torchvision's documentation, in float64."""
    image = image.astype("float64")
    for number in order:
        factor = factors[number]
        gray = image.mean(-1, keepdims=True)
        if image.shape[2] == 3:
            gray = (image @ LUMA)[..., None]
        if OPERATIONS[number] == "brightness":
            image = blend(image, 0.0, factor)
        elif OPERATIONS[number] == "contrast":
            image = blend(image, gray.mean(), factor)
        elif OPERATIONS[number] == "saturation":
            image = blend(image, gray, factor)
        elif factor != 0:
            image = turn_hue(image, factor)
    return image


def photos(channels=3):
    """An image for each order, among them gray, black and primary colors."""
    pixels = images(len(ORDERS), 5, 4, channels)
    pixels[0] = pixels[0, ..., :1]
    pixels[5] = pixels[5].round()
    pixels[10] = 0
    pixels[15] = 1
    return pixels


def jittered(jitter, pixels, orders, factors):
    factors = np.array(factors, "float64").T
    draws = dict(zip(OPERATIONS, factors, strict=True), order=orders)
    return replay(jitter, pixels, tensors(draws))


def random_factors(on):
    rng = np.random.default_rng(3)
    factors = rng.uniform(0.2, 1.8, (len(ORDERS), 4))
    factors[:, 3] = rng.uniform(-0.5, 0.5, len(ORDERS))
    return np.where(on, factors, (1, 1, 1, 0))


@pytest.mark.parametrize("on", itertools.product([False, True], repeat=4))
def test_equals_a_loop_over_pixels_in_every_order(on):
    ranges = np.where(on, (0.8, 0.8, 0.8, 0.5), 0).tolist()
    pixels, factors = photos(), random_factors(on)
    found = jittered(ColorJitter(*ranges), pixels, ORDERS, factors)
    expected = [
        slow_jitter(*each) for each in zip(pixels, ORDERS, factors, strict=True)
    ]
    np.testing.assert_allclose(found, expected, atol=2e-6)


@pytest.mark.parametrize("channels", [1, 2, 4, 13])
@pytest.mark.parametrize("on", itertools.product([False, True], repeat=2))
def test_other_numbers_of_channels(on, channels):
    jitter = ColorJitter(*np.where(on, 0.8, 0).tolist())
    pixels, factors = photos(channels), random_factors((*on, False, False))
    jitter.check(pixels.shape[1:])
    found = jittered(jitter, pixels, ORDERS, factors)
    expected = [
        slow_jitter(*each) for each in zip(pixels, ORDERS, factors, strict=True)
    ]
    assert found.shape == pixels.shape
    np.testing.assert_allclose(found, expected, atol=2e-6)


@pytest.mark.parametrize(
    "turns, expected",
    [
        (1 / 3, [(0, 1, 0), (0, 0, 1), (1, 0, 0), (1, 1, 0)]),
        (-1 / 3, [(0, 0, 1), (1, 0, 0), (0, 1, 0), (0, 1, 1)]),
        (1 / 2, [(0, 1, 1), (1, 0, 1), (1, 1, 0), (0, 1, 0)]),
        (-1 / 2, [(0, 1, 1), (1, 0, 1), (1, 1, 0), (0, 1, 0)]),
    ],
)
def test_hue_goes_round_the_circle(turns, expected):
    colors = [(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 0, 1)]
    pixels = np.array(colors, "float32").reshape(1, 2, 2, 3)
    factors = [(1, 1, 1, turns)]
    found = jittered(ColorJitter(hue=0.5), pixels, ORDERS[:1], factors)
    np.testing.assert_allclose(found.reshape(4, 3), expected, atol=1e-6)


def test_neutral_draws_change_nothing():
    jitter, pixels = JITTER, photos()
    draws = jitter.identity(len(pixels), pixels.shape[1:])
    np.testing.assert_allclose(replay(jitter, pixels, draws), pixels, atol=1e-6)
    vector = ops.convert_to_numpy(jitter.encode(draws))
    assert vector.tolist() == [[0, 0, 1, 2, 3, 1, 1, 1, 0]] * len(pixels)


def test_images_of_a_batch_do_not_mix():
    jitter, pixels = JITTER, photos()
    draws = arrays(draw(jitter, len(pixels), pixels.shape[1:]))
    together = replay(jitter, pixels, tensors(draws))
    alone = {name: value[7:8] for name, value in draws.items()}
    np.testing.assert_allclose(
        replay(jitter, pixels[7:8], tensors(alone)), together[7:8], atol=1e-6
    )


def test_gradients_are_finite_at_gray_and_black():
    jitter, pixels = JITTER, photos()
    draws = draw(jitter, len(pixels), pixels.shape[1:])
    found = gradient(lambda x: ops.sum(jitter.replay(x, draws)), pixels)
    assert np.isfinite(found).all() and np.abs(found[0]).max() > 0.1


@pytest.mark.parametrize(
    "strengths, ranges",
    [
        (
            (0.4, 0.3, 0.2, 0.1),
            [(0.6, 1.4), (0.7, 1.3), (0.8, 1.2), (-0.1, 0.1)],
        ),
        ((1.5, 1.0, 2, 0.5), [(0, 2.5), (0, 2), (0, 3), (-0.5, 0.5)]),
        (
            ((0.5, 2), (0, 1), [1, 3], (0, 0.2)),
            [(0.5, 2), (0, 1), (1, 3), (0, 0.2)],
        ),
        (
            (np.float32(0.5), np.int64(1), 0, 0),
            [(0.5, 1.5), (0, 2), (1, 1), (0, 0)],
        ),
    ],
)
def test_factors_are_uniform_in_their_range(strengths, ranges):
    count = 5000
    draws = arrays(draw(ColorJitter(*strengths), count, (8, 8, 3)))
    for name, (low, high) in zip(OPERATIONS, ranges, strict=True):
        factors, width = draws[name], high - low
        tiny = width * 1e-6
        assert factors.min() >= low - tiny and factors.max() <= high + tiny
        quarters = np.quantile(factors, [0, 0.25, 0.5, 0.75, 1])
        np.testing.assert_allclose(
            quarters, np.linspace(low, high, 5), atol=0.04 * width + 1e-6
        )


def test_every_order_is_equally_likely():
    count = 24000
    draws = arrays(draw(ColorJitter(0.4), count, (8, 8, 3)))
    found, counts = np.unique(draws["order"], axis=0, return_counts=True)
    assert sorted(map(tuple, found)) == ORDERS
    # Chi-square of 23 degrees of freedom: 58 is exceeded once in 12,000.
    assert ((counts - count / 24) ** 2 / (count / 24)).sum() < 58


@pytest.mark.parametrize("channels", [1, 4, 13])
@pytest.mark.parametrize("strengths", [(0, 0, 0.4), (0, 0, 0, 0.1)])
def test_color_needs_three_channels(strengths, channels):
    message = (
        r"`saturation` and `hue` need.*3 chan.*RGBA take `images\[\.\.\., :3\]`"
        r".*np\.repeat\(images, 3, axis=-1\)`"
        rf".*channels={channels}\)` does.*\(8, 8, {channels}\)"
    )
    with pytest.raises(ValueError, match=message):
        ColorJitter(*strengths).check((8, 8, channels))
    ColorJitter(*strengths).check((8, 8, 3))


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize(
    "value", [-0.1, float("nan"), (0.4, 0.2), (0.1,), (0.1, 0.2, 0.3)]
)
def test_wrong_strengths(name, value):
    with pytest.raises(ValueError, match=f"`{name}` must be.*{name}="):
        ColorJitter(**{name: value})


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"contrast": (-0.5, 1)}, "`contrast` must be.* 0 <= lowest"),
        ({"hue": 0.6}, "`hue` must be.*between 0 and 0.5.*hue=0.6"),
        ({"hue": (-0.6, 0)}, r"`hue` must be.*\[-0.5, 0.5\]"),
        ({"probability": 2}, "`probability` is a share.*probability=2"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        ColorJitter(**arguments)

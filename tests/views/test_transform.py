import functools
from functools import partial

import numpy as np
import pytest
from keras import ops

from keras_contrastive.views import (
    ColorDrop,
    ColorJitter,
    GaussianBlur,
    Grayscale,
    RandomResizedCrop,
    Solarize,
    Transform,
)
from tests.views.samples import arrays, draw, draw_from, images, replay, tensors

SHAPE = (8, 9, 3)
# Cached, with what their functions compile to.
MAKERS = {
    "crop": functools.cache(partial(RandomResizedCrop, SHAPE[:2])),
    "jitter": functools.cache(partial(ColorJitter, 0.8, 0.8, 0.8, 0.2)),
    "drop": functools.cache(ColorDrop),
    "gray": functools.cache(Grayscale),
    "solarize": functools.cache(Solarize),
    "blur": functools.cache(partial(GaussianBlur, kernel_size=3)),
}
every = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)


class Shade(Transform):
    """Scales an image by a drawn number, and nothing else."""

    num_uniforms = 2
    parameters = {"applied": 1, "shade": 1, "pair": 2}

    def sample(self, uniforms, image_shape):
        return {"shade": 1 + uniforms[:, 0], "pair": uniforms}

    def neutral(self, image_shape):
        return {"shade": 1.0, "pair": [7.0, 8.0]}

    def change(self, planes, draws):
        return planes * ops.reshape(draws["shade"], (-1, 1, 1, 1))


def test_draw_splits_the_uniform_numbers():
    shade = Shade(probability=0.5)
    assert shade.num_columns == 3
    numbers = np.array([[0.4, 0.1, 0.2], [0.5, 0.3, 0.4]], "float32")
    draws = arrays(draw_from(shade, numbers, SHAPE))
    assert {name: value.dtype for name, value in draws.items()} == {
        "applied": "float32",
        "shade": "float32",
        "pair": "float32",
    }
    np.testing.assert_allclose(draws["applied"], [1, 0])
    np.testing.assert_allclose(draws["shade"], [1.1, 1], rtol=1e-6)
    np.testing.assert_allclose(draws["pair"], [[0.1, 0.2], [7, 8]], rtol=1e-6)
    vector = ops.convert_to_numpy(shade.encode(tensors(draws)))
    np.testing.assert_allclose(
        vector, [[1, 1.1, 0.1, 0.2], [0, 1, 7, 8]], rtol=1e-6
    )


def test_names_of_the_columns():
    names = ["shade/applied", "shade/shade", "shade/pair_0", "shade/pair_1"]
    assert Shade().parameter_names == names
    assert Shade(name="dim").parameter_names[0] == "dim/applied"
    assert RandomResizedCrop(4).name == RandomResizedCrop(4).name


def test_replay_takes_images_and_gives_images():
    pixels = np.arange(0, 240, 10, dtype="uint8").reshape(2, 2, 2, 3)
    draws = tensors({"shade": [0.5, 0.25]})
    found = replay(Shade(), pixels, draws)
    assert found.dtype == "float32"
    expected = pixels / 255 * np.array([0.5, 0.25]).reshape(2, 1, 1, 1)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


@every
def test_probability_0_leaves_every_image(make):
    transform, pixels = make(probability=0), images(20, *SHAPE)
    draws = draw(transform, 20, SHAPE)
    neutral = arrays(transform.identity(20, SHAPE))
    found = arrays(draws)
    assert set(found) == set(neutral)
    for name in neutral:
        np.testing.assert_array_equal(found[name], neutral[name])
    np.testing.assert_allclose(
        replay(transform, pixels, draws), pixels, atol=1e-6
    )


@every
def test_probability_1_changes_every_image(make):
    transform, pixels = make(), images(20, *SHAPE)
    draws = draw(transform, 20, SHAPE, seed=1)
    assert (arrays(draws)["applied"] == 1).all()
    changed = np.abs(replay(transform, pixels, draws) - pixels)
    # A crop may be the whole image; a narrow blur may change next to nothing.
    assert (changed.max((1, 2, 3)) > 1e-4).mean() >= 0.9


@every
def test_share_of_changed_images(make):
    count, probability = 4000, 0.3
    transform, pixels = make(probability=probability), images(20, *SHAPE)
    draws = arrays(draw(transform, count, SHAPE))
    error = 5 * np.sqrt(probability * (1 - probability) / count)
    assert abs(draws["applied"].mean() - probability) < error
    # Pixels change in the same images, and in them as with probability 1.
    draws = {name: value[:20] for name, value in draws.items()}
    applied = draws["applied"].astype(bool)
    assert 0 < applied.sum() < 20
    always = draw(make(), count, SHAPE)
    always = tensors({name: v[:20] for name, v in arrays(always).items()})
    found = replay(transform, pixels, tensors(draws))
    np.testing.assert_allclose(found[~applied], pixels[~applied], atol=1e-6)
    np.testing.assert_allclose(
        found[applied], replay(make(), pixels, always)[applied], atol=1e-6
    )


@every
def test_moments_are_those_of_a_sample(make):
    transform = make(probability=0.7)
    mean, std = transform.moments(SHAPE, num_draws=20000)
    assert mean.dtype == std.dtype == "float32"
    sample = arrays(transform.encode(draw(transform, 20000, SHAPE)))
    expected, spread = sample.mean(0), sample.std(0)
    assert (np.abs(mean - expected) <= 7 * spread / np.sqrt(20000)).all()
    varies = spread > 0
    np.testing.assert_allclose(std[varies], spread[varies], rtol=0.03)
    again = transform.moments(SHAPE, num_draws=20000)
    np.testing.assert_array_equal(again, (mean, std))


def test_parameters_that_never_vary_have_deviation_1():
    mean, std = ColorJitter(0.4, (2, 2)).moments(SHAPE, num_draws=100)
    names = ColorJitter().parameter_names
    for name, value in {"applied": 1, "contrast": 2, "hue": 0}.items():
        column = names.index(f"color_jitter/{name}")
        assert (mean[column], std[column]) == (value, 1)
    assert 0 < std[names.index("color_jitter/brightness")] < 0.3


@pytest.mark.parametrize("probability", [-0.1, 1.1, float("nan")])
def test_wrong_probability(probability):
    message = f"`probability` is a share.*probability={probability}"
    with pytest.raises(ValueError, match=message):
        Grayscale(probability=probability)


def test_uniforms_of_0_and_of_almost_1():
    for transform in (make(probability=0.999) for make in MAKERS.values()):
        numbers = np.zeros((2, transform.num_columns), "float32")
        numbers[1] = 1 - 2**-24
        draws = draw_from(transform, numbers, SHAPE)
        np.testing.assert_array_equal(arrays(draws)["applied"], [1, 0])
        found = replay(transform, images(2, *SHAPE), draws)
        assert np.isfinite(found).all()


def test_a_call_says_who_draws():
    with pytest.raises(NotImplementedError, match="Call .*MultiView.*replay"):
        Grayscale()(images(2, 4, 4))

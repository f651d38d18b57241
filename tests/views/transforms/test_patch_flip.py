import numpy as np
import pytest

from keras_contrastive.ops._random_bits import uniform_rows
from keras_contrastive.views import PatchFlip
from tests.views.samples import (
    arrays,
    draw,
    draw_from,
    replay,
    uniforms,
)

GRID = (2, 3, 4, 5, 2)
SHAPES = pytest.mark.parametrize("image_shape", [GRID[2:], GRID])


def slow_flip(pixels, flip):
    """Patches mirrored one pixel at a time."""
    result, width = np.zeros_like(pixels), pixels.shape[-2]
    for *patch, i, j in np.ndindex(*pixels.shape[:-1]):
        column = width - 1 - j if flip[tuple(patch)] else j
        result[(*patch, i, j)] = pixels[(*patch, i, column)]
    return result


@SHAPES
def test_flips_by_pixel(image_shape):
    rng = np.random.default_rng(0)
    pixels = rng.random((8, *image_shape), "float32")
    flip = PatchFlip(probability=0.8)
    draws = draw(flip, 8, image_shape)
    found, mirrored = replay(flip, pixels, draws), arrays(draws)["flip"]
    np.testing.assert_array_equal(found, slow_flip(pixels, mirrored))
    assert mirrored.shape == (8, *image_shape[:-3])
    assert 0 < mirrored.mean() < 1


@SHAPES
def test_draws_are_a_stream_of_the_two_uniform_numbers(image_shape):
    flip = PatchFlip(probability=0.6)
    numbers = uniforms(flip, 20)
    draws = arrays(draw_from(flip, numbers, image_shape))
    grid = image_shape[:-3]
    for image, (first, *key) in enumerate(numbers):
        seed, step = (int(number * 2**24) for number in key)
        stream = arrays(uniform_rows(seed, step, [0], int(np.prod(grid))))
        expected = (stream < 0.5).reshape(grid) * (first < 0.6)
        np.testing.assert_array_equal(draws["flip"][image], expected)


def test_half_of_the_patches_independently():
    flips = arrays(draw(PatchFlip(), 3000, GRID))["flip"].reshape(3000, 6)
    np.testing.assert_allclose(flips.mean(0), 0.5, atol=2.5 / 3000**0.5)
    correlation = np.corrcoef(flips, rowvar=False) - np.eye(6)
    assert np.abs(correlation).max() < 5 / 3000**0.5

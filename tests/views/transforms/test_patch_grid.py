import functools

import numpy as np
import pytest
from keras import ops

from keras_contrastive.ops._random_bits import uniform_rows
from keras_contrastive.views import MultiView, PatchGrid, Pipeline
from tests.ops.one_program import one_program
from tests.views.samples import (
    arrays,
    draw,
    draw_from,
    draw_views,
    images,
    replay,
    uniforms,
)


def slow_grid(pixels, size, stride, crop, tops, lefts):
    """Patches of which `crop x crop` pixels stay, one pixel at a time."""
    grid = [(side - size) // stride + 1 for side in pixels.shape[1:3]]
    shape = (len(pixels), *grid, size, size, pixels.shape[3])
    result, before = np.zeros(shape, "float32"), (size - crop) // 2
    for image, row, column, i, j in np.ndindex(*shape[:3], crop, crop):
        y = row * stride + int(tops[image, row, column]) + i
        x = column * stride + int(lefts[image, row, column]) + j
        place = image, row, column, before + i, before + j
        result[place] = pixels[image, y, x]
    return result


@pytest.mark.parametrize(
    "size, stride, image_shape, grid",
    [
        (4, 2, (9, 12, 3), (3, 5)),
        (3, 3, (9, 9, 1), (3, 3)),
        (2, 3, (7, 9, 13), (2, 3)),
        (5, 1, (5, 6, 4), (1, 2)),
    ],
)
def test_whole_patches_by_pixel(size, stride, image_shape, grid):
    transform, pixels = PatchGrid(size, stride), images(3, *image_shape)
    transform.check(image_shape)
    draws = draw(transform, 3, image_shape)
    found = replay(transform, pixels, draws)
    still = np.zeros((3, *grid))
    expected = slow_grid(pixels, size, stride, size, still, still)
    np.testing.assert_array_equal(found, expected)
    assert found.shape[1:] == (*grid, size, size, image_shape[2])
    assert transform.output_image_shape(image_shape) == found.shape[1:]


def test_whole_patches_as_keras():
    transform, pixels = PatchGrid(4, 3), images(3, 11, 9)
    found = replay(transform, pixels, draw(transform, 3, (11, 9, 3)))
    expected = ops.image.extract_patches(
        pixels, 4, strides=3, padding="valid", data_format="channels_last"
    )
    np.testing.assert_allclose(
        found.reshape(3, 3, 2, -1), arrays(expected), atol=1e-6
    )


@pytest.mark.parametrize("crop", [1, 3, 4, 5])
def test_cropped_patches_by_pixel(crop):
    transform, pixels = PatchGrid(5, 2, crop=crop), images(4, 9, 12)
    draws = draw(transform, 4, (9, 12, 3))
    found = replay(transform, pixels, draws)
    places = arrays(draws)
    expected = slow_grid(pixels, 5, 2, crop, places["top"], places["left"])
    np.testing.assert_array_equal(found, expected)
    assert found.shape == (4, *transform.output_image_shape((9, 12, 3)))


def test_bytes():
    transform = PatchGrid(4, 2, crop=3)
    pixels = np.arange(96, dtype="uint8").reshape(2, 6, 8, 1)
    draws = draw(transform, 2, (6, 8, 1))
    places = arrays(draws)
    expected = slow_grid(pixels, 4, 2, 3, places["top"], places["left"])
    np.testing.assert_allclose(
        replay(transform, pixels, draws), expected / 255, rtol=1e-6
    )


def test_patches_of_cpc():
    transform = PatchGrid(64, 32, crop=60)
    assert transform.output_image_shape((256, 256, 1)) == (7, 7, 64, 64, 1)
    pixels = images(1, 256, 256, 1) + 0.1
    found = replay(transform, pixels, draw(transform, 1, (256, 256, 1)))
    assert found[..., 2:62, 2:62, :].min() > 0
    for border in (slice(0, 2), slice(62, 64)):
        assert found[..., border, :, :].max() == 0
        assert found[..., border, :].max() == 0


def test_draws_are_a_stream_of_the_two_uniform_numbers():
    transform = PatchGrid(5, 2, crop=2)
    numbers = uniforms(transform, 3)
    draws = arrays(draw_from(transform, numbers, (9, 12, 3)))
    for image, (_, *key) in enumerate(numbers):
        seed, step = (int(number * 2**24) for number in key)
        stream = arrays(uniform_rows(seed, step, [0], 24)).reshape(2, 3, 4)
        top, left = np.floor(4 * stream)
        np.testing.assert_array_equal(draws["top"][image], top)
        np.testing.assert_array_equal(draws["left"][image], left)


def test_places_are_equally_likely_and_independent():
    draws = arrays(draw(PatchGrid(5, 2, crop=3), 3000, (9, 12, 3)))
    columns = np.concatenate(
        [draws[name].reshape(3000, 12) for name in ("top", "left")], axis=1
    )
    for column in columns.T:
        counts = np.bincount(column.astype(int))
        np.testing.assert_allclose(counts, [1000] * 3, atol=5 * 1000**0.5)
    correlation = np.corrcoef(columns, rowvar=False) - np.eye(24)
    assert np.abs(correlation).max() < 5 / 3000**0.5


@pytest.mark.parametrize("crop, center", [(None, 0), (5, 0), (4, 0), (3, 1)])
def test_identity_is_central(crop, center):
    draws = arrays(PatchGrid(5, 2, crop=crop).identity(2, (9, 12, 3)))
    for name in ("top", "left"):
        expected = np.full((2, 3, 4), center)
        np.testing.assert_array_equal(draws[name], expected)


def test_no_parameters():
    transform = PatchGrid(5, 2, crop=3)
    assert transform.parameter_names == []
    vectors = transform.encode(draw(transform, 4, (9, 12, 3)))
    assert vectors.shape == (4, 0)


def test_in_a_layer_of_views():
    views = MultiView([Pipeline([PatchGrid(5, 2, crop=3)])], seed=3)
    pixels = images(4, 9, 12)
    draws = draw_views(views, 4, (9, 12, 3), 0)
    call = one_program(functools.partial(views, return_parameters=True))
    (found,), (vectors,) = call(pixels)
    places = arrays(draws[0][0])
    expected = slow_grid(pixels, 5, 2, 3, places["top"], places["left"])
    np.testing.assert_array_equal(arrays(found), expected)
    assert vectors.shape == (4, 0)


def test_images_too_small():
    message = r"`patch_size` must not exceed a side.*size=10, .*\(9, 12, 3\)"
    with pytest.raises(ValueError, match=message):
        PatchGrid(10, 2).check((9, 12, 3))


@pytest.mark.parametrize(
    "arguments, message",
    [
        (
            (0, 1, None),
            "`patch_size` must be an integer.*at least 1 .*size=0",
        ),
        ((4, 0, None), "`stride` must be an integer of at least 1.*stride=0"),
        ((4, 1.5, None), "`stride` must be an integer.*stride=1.5"),
        ((4, 2, 0), "`crop` must be .* from 1 to 4 pixels, or None.*crop=0"),
        ((4, 2, 5), "`crop` must be .* from 1 to 4 pixels, or None.*crop=5"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        PatchGrid(*arguments[:2], crop=arguments[2])

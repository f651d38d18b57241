import functools
import itertools
import math

import numpy as np
import pytest

from keras_contrastive.views import Grayscale, Jigsaw, MultiView, Pipeline
from tests.ops.one_program import one_program
from tests.views.samples import (
    arrays,
    draw,
    draw_from,
    images,
    replay,
    uniforms,
)


def slow_jigsaw(pixels, draws, grid, height, width):
    """Pieces of `height x width` pixels, one pixel after the other."""
    cell_height, cell_width = pixels.shape[1] // grid, pixels.shape[2] // grid
    shape = (len(pixels), grid**2, height, width, pixels.shape[3])
    result = np.zeros(shape, "float32")
    for image, piece, i, j in np.ndindex(shape[:4]):
        cell = int(draws["permutation"][image, piece])
        row = (cell // grid) * cell_height + int(draws["top"][image, piece])
        column = (cell % grid) * cell_width + int(draws["left"][image, piece])
        result[image, piece, i, j] = pixels[image, row + i, column + j]
    return result


@pytest.mark.parametrize(
    "grid, size, image_shape",
    [
        (3, 4, (17, 20, 3)),
        (2, 3, (7, 6, 1)),
        (4, 1, (5, 9, 4)),
        (1, 5, (8, 8, 13)),
        (2, 4, (8, 8, 3)),
    ],
)
def test_pieces_by_pixel(grid, size, image_shape):
    jigsaw, pixels = Jigsaw(size, grid=grid), images(6, *image_shape)
    jigsaw.check(image_shape)
    draws = draw(jigsaw, 6, image_shape)
    found = replay(jigsaw, pixels, draws)
    expected = slow_jigsaw(pixels, arrays(draws), grid, size, size)
    np.testing.assert_array_equal(found, expected)
    assert found.shape[1:] == jigsaw.output_image_shape(image_shape)


def test_whole_cells():
    jigsaw, pixels = Jigsaw(None, grid=3), images(6, 10, 14)
    draws = draw(jigsaw, 6, (10, 14, 3))
    for name in ("top", "left"):
        np.testing.assert_array_equal(arrays(draws)[name], np.zeros((6, 9)))
    found = replay(jigsaw, pixels, draws)
    expected = slow_jigsaw(pixels, arrays(draws), 3, 3, 4)
    np.testing.assert_array_equal(found, expected)
    assert found.shape[1:] == jigsaw.output_image_shape((10, 14, 3))


def test_bytes():
    jigsaw = Jigsaw(2, grid=2)
    pixels = np.arange(96, dtype="uint8").reshape(2, 6, 8, 1)
    draws = draw(jigsaw, 2, (6, 8, 1))
    expected = slow_jigsaw(pixels, arrays(draws), 2, 2, 2) / 255
    np.testing.assert_allclose(
        replay(jigsaw, pixels, draws), expected, rtol=1e-6
    )


def test_draws():
    jigsaw = Jigsaw(3, grid=2)
    numbers = uniforms(jigsaw, 500)
    draws = arrays(draw_from(jigsaw, numbers, (9, 13, 3)))
    order, down, right = np.split(numbers[:, 1:], 3, axis=1)
    np.testing.assert_array_equal(draws["permutation"], np.argsort(order))
    # Cells of 4 x 6 pixels leave 2 and 4 places.
    np.testing.assert_array_equal(draws["top"], np.floor(2 * down))
    np.testing.assert_array_equal(draws["left"], np.floor(4 * right))


def test_every_order_is_equally_likely():
    count = 4800
    draws = arrays(draw(Jigsaw(3, grid=2), count, (9, 13, 3)))
    orders = [tuple(order) for order in draws["permutation"].astype(int)]
    found = [orders.count(o) for o in itertools.permutations(range(4))]
    share = count / 24
    np.testing.assert_allclose(found, [share] * 24, atol=5 * math.sqrt(share))


def test_identity_keeps_the_order_and_the_centers():
    jigsaw, pixels = Jigsaw(3, grid=2), images(2, 10, 13)
    draws = jigsaw.identity(2, (10, 13, 3))
    vectors = arrays(jigsaw.encode(draws))
    expected = [[0, 1, 2, 3, 1, 1, 1, 1, 1, 1, 1, 1]] * 2
    np.testing.assert_array_equal(vectors, expected)
    # The second piece: rows 1 to 3 and columns 1 to 3 of its cell.
    found = replay(jigsaw, pixels, draws)
    np.testing.assert_array_equal(found[:, 1], pixels[:, 1:4, 7:10])


def test_names_of_the_parameters():
    jigsaw = Jigsaw(3, grid=2)
    assert jigsaw.parameters == {"permutation": 4, "top": 4, "left": 4}
    names = jigsaw.parameter_names
    assert names[:2] == ["jigsaw/permutation_0", "jigsaw/permutation_1"]
    assert len(names) == 12 and len(Jigsaw(64).parameter_names) == 27


def test_in_a_layer_of_views():
    views = MultiView([Pipeline([Jigsaw(3, grid=2)])], seed=3)
    pixels = images(4, 8, 9)
    call = one_program(functools.partial(views, return_parameters=True))
    (pieces,), (vectors,) = call(pixels)
    names = ("permutation", "top", "left")
    split = np.split(arrays(vectors), 3, axis=1)
    draws = dict(zip(names, split, strict=True))
    expected = slow_jigsaw(pixels, draws, 2, 3, 3)
    np.testing.assert_array_equal(arrays(pieces), expected)


def test_no_transform_of_images_after_it():
    pipeline = Pipeline([Pipeline([Jigsaw(3, grid=2)]), Grayscale()])
    message = (
        r"`Grayscale` takes images.*before the transform that makes patches.*"
        r"\(4, 3, 3, 3\)"
    )
    with pytest.raises(ValueError, match=message):
        pipeline.check((8, 8, 3))


@pytest.mark.parametrize("size", [4, None])
def test_images_too_small(size):
    jigsaw = Jigsaw(size, grid=10)
    message = f"`patch_size` must not exceed a cell.*={size}, grid=10, .*39, 9"
    with pytest.raises(ValueError, match=message):
        jigsaw.check((39, 9, 3))


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"grid": 0}, "`grid` must be an integer of at least 1 cells.*grid=0"),
        ({"grid": 2.0}, "`grid` must be an integer.*grid=2.0"),
        ({"patch_size": 0}, "`patch_size` must be .*1 pixels, or None.*size=0"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        Jigsaw(**{"patch_size": 3, **arguments})

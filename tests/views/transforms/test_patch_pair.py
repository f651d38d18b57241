import functools

import numpy as np
import pytest

from keras_contrastive.views import MultiView, PatchPair, Pipeline
from tests.ops.one_program import one_program
from tests.views.samples import arrays, draw_from, images, tensors, uniforms

SHAPE = (11, 9, 3)
TOPS, LEFTS = np.array([0, 6, 3]), np.array([0, 4, 1])


def pair(pixels, distance=2):
    draws = tensors({"top": TOPS, "left": LEFTS})
    return arrays(one_program(PatchPair(3, distance).replay)(pixels, draws))


@pytest.mark.parametrize("channels", [1, 3, 4, 13])
@pytest.mark.parametrize("distance", [0, 2])
def test_patches_by_pixel(channels, distance):
    pixels = images(3, *SHAPE[:2], channels)
    views = pair(pixels, distance)
    assert [view.shape for view in views] == [(3, 3, 3, channels)] * 2
    for view, shift in zip(views, (0, distance), strict=True):
        for image, i, j in np.ndindex(3, 3, 3):
            row, column = TOPS[image] + shift + i, LEFTS[image] + shift + j
            np.testing.assert_array_equal(
                view[image, i, j], pixels[image, row, column]
            )


def test_bytes():
    pixels = np.arange(3 * 99, dtype="int64").reshape(3, 11, 9, 1) % 256
    pixels = pixels.astype("uint8")
    views = pair(pixels)
    for view, shift in zip(views, (0, 2), strict=True):
        expected = pixels[1, 6 + shift : 9 + shift, 4 + shift : 7 + shift]
        np.testing.assert_allclose(view[1], expected / 255, rtol=1e-6)


def test_draws():
    patches = PatchPair(4, 3)
    numbers = uniforms(patches, 2000)
    draws = arrays(draw_from(patches, numbers, SHAPE))
    # 11 - 4 - 3 rows and 9 - 4 - 3 columns to move by.
    np.testing.assert_array_equal(draws["top"], np.floor(numbers[:, 1] * 5))
    np.testing.assert_array_equal(draws["left"], np.floor(numbers[:, 2] * 3))
    assert patches.parameter_names == ["patch_pair/top", "patch_pair/left"]
    vectors = arrays(patches.encode(tensors(draws)))
    expected = np.stack([draws["top"], draws["left"]], axis=1)
    np.testing.assert_array_equal(vectors, expected)


def test_identity_is_central():
    draws = arrays(PatchPair(4, 3).identity(2, SHAPE))
    np.testing.assert_array_equal(draws["top"], [2, 2])
    np.testing.assert_array_equal(draws["left"], [1, 1])


def test_two_views_of_one_draw():
    views = MultiView([Pipeline([PatchPair(3, 4)])], seed=3)
    pixels = images(5, *SHAPE)
    call = one_program(functools.partial(views, return_parameters=True))
    made, (first, second) = call(pixels)
    np.testing.assert_array_equal(arrays(first), arrays(second))
    for image, (top, left) in enumerate(arrays(first).astype(int)):
        for view, shift in zip(arrays(made), (0, 4), strict=True):
            y, x = top + shift, left + shift
            expected = pixels[image, y : y + 3, x : x + 3]
            np.testing.assert_array_equal(view[image], expected)


@pytest.mark.parametrize("distance", [0, 5])
def test_pair_that_just_fits(distance):
    patches = PatchPair(9 - distance, distance)
    patches.check(SHAPE)
    draws = draw_from(patches, uniforms(patches, 50), SHAPE)
    assert set(arrays(draws)["left"]) == {0}
    assert set(arrays(draws)["top"]) == {0, 1, 2}


def test_images_too_small():
    message = (
        r"`patch_size \+ distance` must not exceed.*size=5, distance=5, "
        r"image shape \(11, 9, 3\)"
    )
    with pytest.raises(ValueError, match=message):
        PatchPair(5, 5).check(SHAPE)


@pytest.mark.parametrize(
    "arguments, message",
    [
        (
            (0, 1),
            "`patch_size` must be an integer.*at least 1 .*size=0",
        ),
        ((2.5, 1), "`patch_size` must be an integer.*patch_size=2.5"),
        ((2, -1), "`distance` must be an integer of at least 0.*=-1"),
        ((2, None), "`distance` must be an integer.*=None"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        PatchPair(*arguments)

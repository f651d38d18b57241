import numpy as np
import pytest

from keras_contrastive.visualization._pictures import to_pictures

rng = np.random.default_rng(0)


def pixels(*shape):
    return rng.random(shape, "float32")


def test_channels():
    images = pixels(2, 4, 5, 13)
    gray, _ = to_pictures(images[..., :1], "views")
    np.testing.assert_array_equal(gray, images[..., 0])
    two, note = to_pictures(images[..., :2], "views")
    np.testing.assert_array_equal(two, images[..., [0, 1, 0]])
    assert note == ""
    many, note = to_pictures(images, "views")
    np.testing.assert_array_equal(many, images[..., :3])
    assert note == "3 of 13 channels"


def test_values_beyond_the_unit_range_are_rescaled_together():
    images = 200 * pixels(2, 4, 5, 3) - 100
    images[0, 0, 0] = -100, 0, 60
    images[1] = images[1].clip(-20, 20)
    images[0, 1, 1] = 100
    pictures, note = to_pictures(images, "views")
    np.testing.assert_allclose(pictures, (images + 100) / 200, atol=1e-6)
    assert note == "-100 to 100"


def test_rounding_is_no_range():
    images = np.array([-1e-6, 1 + 1e-6], "float32").reshape(1, 1, 2, 1)
    pictures, note = to_pictures(images, "views")
    np.testing.assert_array_equal(pictures, [[[0, 1]]])
    assert note == ""


def test_constant_images_have_no_range():
    pictures, note = to_pictures(np.full((1, 2, 2, 1), -3.0), "views")
    np.testing.assert_array_equal(pictures, 0)
    assert note == "-3 to -3"


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_a_grid_of_patches_is_a_mosaic_with_white_gaps(channels):
    patches = pixels(2, 2, 3, 24, 30, channels)
    pictures, _ = to_pictures(patches, "views")
    assert pictures.shape[:3] == (2, 2 * 24 + 2, 3 * 30 + 2 * 2)
    covered = np.zeros(pictures.shape[:3], bool)
    for row in range(2):
        for column in range(3):
            y, x = row * 26, column * 32
            part = pictures[:, y : y + 24, x : x + 30]
            expected, _ = to_pictures(patches[:, row, column], "views")
            np.testing.assert_array_equal(part, expected)
            covered[:, y : y + 24, x : x + 30] = True
    np.testing.assert_array_equal(pictures[~covered], 1)


def test_a_list_of_patches_is_as_square_as_can_be():
    patches = pixels(1, 5, 4, 4, 1)
    pictures, _ = to_pictures(patches, "views")
    assert pictures.shape == (1, 2 * 4 + 1, 3 * 4 + 2)
    np.testing.assert_array_equal(pictures[0, 5:, 5:9], patches[0, 4, ..., 0])
    np.testing.assert_array_equal(pictures[0, 5:, 10:], 1)
    nine, _ = to_pictures(pixels(1, 9, 4, 4, 1), "views")
    assert nine.shape == (1, 14, 14)


@pytest.mark.parametrize("shape", [(4, 5, 3), (1,) * 7, (2, 4, 0, 3)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(ValueError, match="`views` must be images"):
        to_pictures(np.zeros(shape), "views")

import numpy as np
import pytest
from keras import ops

from keras_contrastive.views import Grayscale
from keras_contrastive.views.transforms._planes import (
    gray_of,
    images_to_planes,
    per_image,
    planes_to_images,
    require_channels,
)

IMAGES = np.arange(48, dtype="uint8").reshape(2, 4, 3, 2)


def test_layout_of_planes():
    planes = ops.convert_to_numpy(images_to_planes(IMAGES))
    assert planes.shape == (2, 2, 4, 3) and planes.dtype == "float32"
    np.testing.assert_allclose(
        planes[1, 0, 2, 1], IMAGES[1, 2, 1, 0] / 255, rtol=1e-6
    )
    back = ops.convert_to_numpy(planes_to_images(planes))
    np.testing.assert_allclose(back, IMAGES / 255, rtol=1e-6)


def test_gray_of():
    assert gray_of([IMAGES]) is IMAGES
    np.testing.assert_allclose(gray_of([1.0, 10.0, 100.0]), 17.5689)
    np.testing.assert_allclose(gray_of([1.0, 1.0, 1.0]), 0.9999)


def test_per_image_meets_planes():
    planes = np.ones((2, 3, 4), "float32")
    found = per_image(ops.convert_to_tensor([1.0, 2.0])) * planes
    expected = planes * [[[1.0]], [[2.0]]]
    np.testing.assert_array_equal(ops.convert_to_numpy(found), expected)


def test_require_channels():
    require_channels(Grayscale(), (8, 8, 3), (1, 3))
    message = r"`Grayscale` needs images with 1 or 3 .*shape \(8, 8, 2\)"
    with pytest.raises(ValueError, match=message):
        require_channels(Grayscale(), (8, 8, 2), (1, 3))

import keras
import pytest

from keras_contrastive._check_input import check_input


@pytest.fixture
def encoder():
    layers = [keras.Input((8, 8, 3)), keras.layers.Flatten()]
    return keras.Sequential(layers)


def test_gray_images_are_told_how_to_become_rgb(encoder):
    message = r"\(8, 8, 1\), as the images have.*np\.repeat\(images, 3, axis=-1"
    with pytest.raises(ValueError, match=message):
        check_input(encoder, (8, 8, 1), "images")


def test_of_color_images_nothing_is_said_of_gray(encoder):
    message = r"\(4, 8, 3\), as the views have. Make either [a-z ]*\. Received"
    with pytest.raises(ValueError, match=message):
        check_input(encoder, (4, 8, 3), "views")

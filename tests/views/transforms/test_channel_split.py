import numpy as np
import pytest

from keras_contrastive.views import (
    ChannelSplit,
    ColorSpace,
    MultiView,
    Pipeline,
)
from tests.views.samples import arrays, draw, images, replay


@pytest.mark.parametrize(
    "first, channels", [(1, 3), (2, 3), (1, 2), (3, 4), (4, 13)]
)
def test_first_channels_and_the_others(first, channels):
    split, pixels = ChannelSplit(first=first), images(2, 4, 5, channels)
    split.check(pixels.shape[1:])
    found = replay(split, pixels, draw(split, 2, pixels.shape[1:]))
    np.testing.assert_array_equal(found[0], pixels[..., :first])
    np.testing.assert_array_equal(found[1], pixels[..., first:])
    shapes = split.output_image_shape(pixels.shape[1:])
    assert shapes == [view.shape[1:] for view in found]


def test_views_of_uint8_images_in_a_layer():
    pixels = np.arange(48, dtype="uint8").reshape(2, 4, 2, 3) * 5
    pipeline = Pipeline([ColorSpace("hsv"), ChannelSplit()])
    views, parameters = MultiView([pipeline], seed=1)(
        pixels, return_parameters=True
    )
    hsv = replay(ColorSpace("hsv"), pixels, None)
    found = np.concatenate(arrays(views), axis=-1)
    np.testing.assert_allclose(found, hsv, atol=1e-6)
    assert [view.shape[-1] for view in views] == [1, 2]
    assert [vector.shape for vector in parameters] == [(2, 0)] * 2


@pytest.mark.parametrize("first, channels", [(1, 1), (3, 3), (4, 3)])
def test_no_channel_is_left(first, channels):
    message = rf"`first` must leave.*first={first},.*\(8, 8, {channels}\)"
    with pytest.raises(ValueError, match=message):
        ChannelSplit(first=first).check((8, 8, channels))


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"first": 0}, "`first` must be an integer.*first=0"),
        ({"first": 1.5}, "`first` must be.*first=1.5"),
        ({"probability": 0.5}, "Unrecognized.*'probability': 0.5"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        ChannelSplit(**arguments)

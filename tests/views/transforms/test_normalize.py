import keras
import numpy as np
import pytest
from keras import ops

from keras_contrastive.views import (
    ColorJitter,
    MultiView,
    Normalize,
    Pipeline,
)
from tests.ops.gradient import gradient
from tests.views.samples import arrays, images, replay

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@pytest.mark.parametrize("channels", [1, 3, 4, 13])
def test_equals_a_loop_over_channels(channels):
    rng = np.random.default_rng(1)
    mean, std = rng.normal(size=channels), rng.uniform(0.1, 2, channels)
    pixels = images(2, 4, 5, channels)
    normalize = Normalize(mean, std)
    normalize.check(pixels.shape[1:])
    found = replay(normalize, pixels, None)
    for c in range(channels):
        expected = (pixels[..., c].astype("float64") - mean[c]) / std[c]
        np.testing.assert_allclose(found[..., c], expected, atol=1e-5)


def test_one_number_for_all_channels():
    pixels = np.arange(0, 240, 5, dtype="uint8").reshape(2, 3, 2, 4)
    normalize = Normalize(0.5, (0.1, 0.2, 0.3, 0.4))
    expected = (pixels / 255 - 0.5) / np.array([0.1, 0.2, 0.3, 0.4])
    np.testing.assert_allclose(
        replay(normalize, pixels, None), expected, atol=1e-5
    )
    Normalize(0.5, 0.5).check((8, 8, 13))


def test_equals_the_layer_of_keras():
    layer = keras.layers.Normalization(mean=MEAN, variance=np.square(STD))
    pixels = images(2, 4, 5)
    found = replay(Normalize(MEAN, STD), pixels, None)
    expected = ops.convert_to_numpy(layer(pixels))
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_acts_on_images_that_nothing_else_changes():
    jitter = ColorJitter(0.8, probability=0.0)
    pipeline = Pipeline([jitter, Normalize(MEAN, STD)])
    pixels = images(2, 4, 5)
    views, parameters = MultiView([pipeline] * 2, seed=1)(
        pixels, return_parameters=True
    )
    expected = (pixels - np.array(MEAN)) / np.array(STD)
    np.testing.assert_allclose(arrays(views[0]), expected, atol=1e-5)
    assert parameters[0].shape == (2, 9)
    same = replay(pipeline, pixels, pipeline.identity(2, (4, 5, 3)))
    np.testing.assert_allclose(same, expected, atol=1e-5)


def test_gradient():
    normalize = Normalize(MEAN, STD)
    found = gradient(
        lambda x: ops.sum(normalize.replay(x, None)), images(1, 2, 2)
    )
    expected = np.broadcast_to(1 / np.array(STD), (1, 2, 2, 3))
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize(
    "name, arguments",
    [("mean", (MEAN, 1.0)), ("std", (0.0, STD)), ("mean", ([0.5], 1.0))],
)
def test_other_number_of_channels(name, arguments):
    message = rf"`{name}` must be.*each channel.*{name}=.*\(8, 8, 4\)"
    with pytest.raises(ValueError, match=message):
        Normalize(*arguments).check((8, 8, 4))


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"std": 0}, "`std` must be positive.*std=0"),
        ({"std": (0.1, -0.1)}, r"`std` must be positive.*\(0.1, -0.1\)"),
        ({"mean": ()}, "`mean` must be one number.*mean="),
        ({"mean": [[0.1]]}, "`mean` must be one number.*mean="),
        ({"std": float("nan")}, "`std` must be one number.*std=nan"),
        ({"probability": 0.5}, "Unrecognized.*'probability': 0.5"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        Normalize(**{"mean": 0.0, "std": 1.0, **arguments})

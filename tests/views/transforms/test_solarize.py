import keras
import numpy as np
import pytest
from keras import ops
from PIL import Image, ImageOps

from keras_contrastive.views import Solarize
from tests.ops.gradient import gradient
from tests.views.samples import (
    arrays,
    draw_from,
    images,
    replay,
    tensors,
    uniforms,
)

LEVELS = np.arange(256, dtype="uint8").reshape(1, 16, 16, 1)


def solarized(solarize, pixels):
    draws = tensors({"applied": np.ones(len(pixels))})
    return replay(solarize, pixels, draws)


@pytest.mark.parametrize("channels", [1, 3, 4, 13])
@pytest.mark.parametrize("threshold", [0, 0.25, 0.5, 1])
def test_equals_a_loop_over_values(threshold, channels):
    pixels = images(2, 4, 5, channels)
    pixels[0, 0, 0] = threshold  # The threshold itself is inverted.
    expected = pixels.astype("float64")
    for index in np.ndindex(pixels.shape):
        if expected[index] >= threshold:
            expected[index] = 1 - expected[index]
    found = solarized(Solarize(threshold=threshold), pixels)
    np.testing.assert_allclose(found, expected, atol=1e-7)
    assert (found[0, 0, 0] == 1 - threshold).all()


def test_only_where_applied():
    pixels = images(3, 4, 5)
    found = replay(Solarize(), pixels, tensors({"applied": [1, 0, 1]}))
    np.testing.assert_array_equal(found[1], pixels[1])
    np.testing.assert_array_equal(
        found[::2], np.where(pixels >= 0.5, 1 - pixels, pixels)[::2]
    )


def test_equals_pillow_on_every_level():
    image = Image.fromarray(LEVELS[0, ..., 0])
    expected = np.asarray(ImageOps.solarize(image, threshold=128))
    found = solarized(Solarize(), LEVELS)[0, ..., 0]
    np.testing.assert_allclose(found, expected / 255, atol=1e-6)


@pytest.mark.backends("tensorflow")
def test_equals_keras_cv():
    preprocessing = pytest.importorskip("keras_cv").layers
    layer = preprocessing.Solarization((0, 255), threshold_factor=(128, 128))
    expected = layer(LEVELS.astype("float32")).numpy() / 255
    np.testing.assert_allclose(
        solarized(Solarize(), LEVELS), expected, atol=1e-6
    )


def test_keras_draws_other_thresholds():
    """Keras solarizes alike, but scales only the upper of two bounds."""
    layer = keras.layers.Solarization(threshold_factor=(0.5, 0.5), seed=0)
    given = {"additions": 0.0, "thresholds": 128.0}
    expected = layer.transform_images(LEVELS.astype("float32"), given)
    np.testing.assert_allclose(
        solarized(Solarize(), LEVELS),
        ops.convert_to_numpy(expected) / 255,
        atol=1e-6,
    )
    drawn = layer.get_random_transformation(np.zeros((500, 2, 2, 1), "float32"))
    thresholds = ops.convert_to_numpy(drawn["thresholds"])
    assert thresholds.min() < 10 and 120 < thresholds.max() < 128


def test_draws_hold_who_is_solarized():
    solarize = Solarize(probability=0.3)
    numbers = uniforms(solarize, 50)
    draws = draw_from(solarize, numbers, (4, 5, 3))
    expected = numbers[:, :1] < 0.3
    np.testing.assert_array_equal(arrays(solarize.encode(draws)), expected)
    assert solarize.parameter_names == ["solarize/applied"]


def test_gradients_turn_with_the_pixels():
    pixels = np.array([0.2, 0.4, 0.6, 0.8], "float32").reshape(1, 2, 2, 1)
    draws = tensors({"applied": [1.0]})
    found = gradient(lambda x: ops.sum(Solarize().replay(x, draws)), pixels)
    np.testing.assert_array_equal(found.ravel(), [1, 1, -1, -1])


@pytest.mark.parametrize("threshold", [-0.1, 128, float("nan")])
def test_wrong_threshold(threshold):
    message = f"`threshold` is .*from 0 to 1.*threshold={threshold}"
    with pytest.raises(ValueError, match=message):
        Solarize(threshold=threshold)

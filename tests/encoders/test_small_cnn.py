import keras
import numpy as np
import pytest
from keras import ops

from keras_contrastive.encoders import SmallCNN


def test_equals_the_layers_written_out():
    random = np.random.default_rng(0)
    encoder = SmallCNN((16, 16, 3), width=2)
    for weight in encoder.weights:
        weight.assign(random.uniform(0.5, 1, weight.shape))
    x = images = random.random((2, 16, 16, 3)).astype("float32")
    x = 2 * x - 1
    weights = iter(encoder.get_weights())
    for strides in (2, 1, 2, 1, 2):
        x = ops.conv(x, next(weights), strides, "same")
        gamma, beta, mean, variance = (next(weights) for _ in range(4))
        x = (x - mean) / np.sqrt(variance + 1e-5) * gamma + beta
        x = ops.relu(x)
    np.testing.assert_allclose(
        ops.convert_to_numpy(encoder(images)),
        ops.convert_to_numpy(ops.mean(x, axis=(1, 2))),
        rtol=1e-4,
    )


@pytest.mark.parametrize(
    "arguments, filters, features",
    [
        ({}, [24, 48, 48, 96, 96], 96),
        ({"width": 4, "convolutions": [(1, 2), (8, 1)]}, [4, 32], 32),
    ],
)
def test_width_and_convolutions(arguments, filters, features):
    encoder = SmallCNN((32, 32, 3), **arguments)
    found = [
        layer.filters
        for layer in encoder.layers
        if isinstance(layer, keras.layers.Conv2D)
    ]
    assert found == filters
    assert encoder.output_shape == (None, features)


def test_images_may_come_as_they_are():
    kinds = [type(layer) for layer in SmallCNN(rescale=False).layers]
    assert keras.layers.Rescaling not in kinds
    assert keras.layers.Rescaling in map(type, SmallCNN().layers)


def test_images_of_any_size_and_channels():
    encoder = SmallCNN((None, None, 1), width=2)
    for side in (16, 20):
        assert encoder(np.zeros((2, side, side, 1))).shape == (2, 8)


@pytest.mark.parametrize(
    "argument",
    [
        {"input_shape": (32, 32)},
        {"width": 0},
        {"convolutions": ()},
        {"convolutions": (8, 16)},
        {"convolutions": ((8, 2), (16,))},
        {"convolutions": ((8, 0),)},
        {"convolutions": ((0.5, 1),)},
    ],
    ids=str,
)
def test_arguments_are_checked(argument):
    with pytest.raises(ValueError, match=f"`{next(iter(argument))}` must be"):
        SmallCNN(**argument)

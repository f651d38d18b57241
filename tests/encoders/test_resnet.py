import keras
import numpy as np
import pytest
from keras import ops

from keras_contrastive.encoders import ResNet18, ResNet34, ResNet50, SmallCNN
from keras_contrastive.encoders._norms import layer_norm


@pytest.mark.parametrize(
    "make, stem, convolutions, features",
    [
        (ResNet18, "cifar", 21, 32),
        (ResNet34, "imagenet", 37, 32),
        (ResNet50, "cifar", 53, 128),
    ],
)
def test_architecture(make, stem, convolutions, features):
    encoder = make((64, 64, 3), stem=stem, width=4)
    kinds = [type(layer).__name__ for layer in encoder.layers]
    assert (
        kinds.count("Conv2D")
        == kinds.count("BatchNormalization")
        == convolutions
    )
    assert encoder.output_shape == (None, features)


@pytest.mark.parametrize(
    "stem, sides", [("cifar", (64, 32, 16, 8)), ("imagenet", (16, 8, 4, 2))]
)
def test_stages_halve_the_map(stem, sides):
    encoder = ResNet18((64, 64, 3), stem=stem, width=4)
    for stage, side in enumerate(sides, start=1):
        shape = encoder.get_layer(f"stage_{stage}").output.shape
        assert shape[1:] == (side, side, 4 * 2 ** (stage - 1))


def first_kernel(encoder):
    kinds = (keras.layers.Conv2D,)
    return next(x for x in encoder.layers if isinstance(x, kinds)).kernel_size


@pytest.mark.parametrize(
    "make, side, size",
    [
        (ResNet18, 64, 3),
        (ResNet18, 65, 7),
        (ResNet18, None, 3),
        (ResNet50, None, 7),
    ],
)
def test_stem_by_the_size(make, side, size):
    assert first_kernel(make((side, side, 3), width=1)) == (size, size)


@pytest.mark.parametrize("stem, side", [("cifar", 224), ("imagenet", 32)])
def test_a_stem_for_other_sizes_is_told(stem, side):
    with pytest.warns(UserWarning, match="`stem` is made for other images"):
        ResNet18((side, side, 3), stem=stem, width=1)


def test_channels_are_last_whatever_the_configuration_says():
    keras.config.set_image_data_format("channels_first")
    try:
        found = ResNet18((32, 32, 3), stem="cifar", width=1)
        small = SmallCNN((32, 32, 3), width=1)
    finally:
        keras.config.set_image_data_format("channels_last")
    assert found.get_layer("stage_4").output.shape == (None, 4, 4, 8)
    assert small.layers[-2].output.shape == (None, 4, 4, 4)


def test_number_of_weights():
    """Counted by hand from the layer sizes of the paper."""

    def conv_norm(size, channels, filters):
        return size * size * channels * filters + 4 * filters

    total, channels = conv_norm(3, 3, 64), 64
    for filters in (64, 128, 256, 512):
        total += conv_norm(1, channels, filters)
        total += conv_norm(3, channels, filters)
        total += 3 * conv_norm(3, filters, filters)
        channels = filters
    assert ResNet18((32, 32, 3)).count_params() == total


@pytest.mark.parametrize("zero_init, expected", [(True, 8), (False, 0)])
def test_blocks_start_as_their_shortcut(zero_init, expected):
    encoder = ResNet18((8, 8, 3), width=4, zero_init_residual=zero_init)
    zero = [
        layer
        for layer in encoder.layers
        if type(layer).__name__ == "BatchNormalization"
        and not ops.convert_to_numpy(layer.gamma).any()
    ]
    assert len(zero) == expected


def random_weights(encoder):
    """Of every size, so that each of them counts."""
    rng = np.random.default_rng(1)
    for weight in encoder.trainable_variables:
        weight.assign(rng.normal(0.5, 0.5, weight.shape).astype("float32"))


@pytest.mark.parametrize(
    "block_norm, alone", [("layer", True), ("batch", False)]
)
@pytest.mark.parametrize("make", [ResNet18, ResNet50])
def test_images_of_a_batch_see_each_other_by_batch_norm_alone(
    make, block_norm, alone
):
    encoder = make((8, 8, 3), stem="cifar", width=2, block_norm=block_norm)
    random_weights(encoder)
    images = np.random.default_rng(0).random((4, 8, 8, 3), "float32")
    others = images.copy()
    others[1:] = 1 - images[1:]
    first, second = (
        ops.convert_to_numpy(encoder(batch, training=True))[0]
        for batch in (images, others)
    )
    assert np.abs(first).max() > 0.1
    assert np.allclose(first, second, rtol=1e-4, atol=1e-5) == alone


def slow_layer_norm(x, gamma, beta):
    """Ba et al., 2016, equation 4: each image by itself."""
    result = np.zeros_like(x)
    for n, image in enumerate(x):
        total = sum(image[place] for place in np.ndindex(*image.shape))
        mean = total / image.size
        squares = [(image[i] - mean) ** 2 for i in np.ndindex(*image.shape)]
        deviation = np.sqrt(sum(squares) / image.size + 1e-5)
        for i, j, c in np.ndindex(*image.shape):
            scaled = (image[i, j, c] - mean) / deviation
            result[n, i, j, c] = gamma[c] * scaled + beta[c]
    return result


def test_layer_norm_by_number():
    rng = np.random.default_rng(0)
    x, gamma, beta = rng.normal(2, 3, (2, 3, 4, 5)), *rng.normal(size=(2, 5))
    layer = layer_norm()
    layer.build(x.shape)
    layer.gamma.assign(gamma)
    layer.beta.assign(beta)
    found = ops.convert_to_numpy(layer(x.astype("float32"), training=True))
    expected = slow_layer_norm(x, gamma, beta)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_layer_norm_takes_the_place_of_every_batch_norm():
    encoder = ResNet18((None, None, 3), width=4, block_norm="layer")
    kinds = [type(layer).__name__ for layer in encoder.layers]
    assert kinds.count("GroupNormalization") == kinds.count("Conv2D") == 21
    assert "BatchNormalization" not in kinds
    # A file loads without this package.
    assert all(type(x).__module__.startswith("keras.") for x in encoder.layers)
    assert encoder(np.ones((2, 12, 16, 3), "float32")).shape == (2, 32)
    zero = [
        layer
        for layer in encoder.layers
        if type(layer).__name__ == "GroupNormalization"
        and not ops.convert_to_numpy(layer.gamma).any()
    ]
    assert len(zero) == 8


@pytest.mark.parametrize(
    "mean, std",
    [(0.5, 0.25), ((0.1, 0.2, 0.3), (0.5, 0.6, 0.7)), (0.5, (0.5, 0.6, 0.7))],
)
def test_normalization_is_part_of_the_encoder(mean, std):
    keras.utils.set_random_seed(0)
    plain = ResNet18((8, 8, 3), width=4)
    keras.utils.set_random_seed(0)
    normal = ResNet18((8, 8, 3), width=4, normalization=(mean, std))
    normal = keras.models.clone_model(normal)
    for old, new in zip(
        plain.trainable_variables, normal.trainable_variables, strict=True
    ):
        new.assign(old)
    images = np.random.default_rng(0).random((2, 8, 8, 3)).astype("float32")
    expected = plain(((images - mean) / std).astype("float32"))
    np.testing.assert_allclose(
        ops.convert_to_numpy(normal(images)),
        ops.convert_to_numpy(expected),
        rtol=1e-5,
        atol=1e-6,
    )


@pytest.mark.parametrize("pair", [0.5, (0.5, 0), (1, 2, 3), "ab"])
def test_wrong_normalization(pair):
    with pytest.raises(
        ValueError, match=r"`normalization` must be a (pair|tuple)"
    ):
        ResNet18((8, 8, 3), width=4, normalization=pair)


def test_images_of_any_size_and_channels():
    encoder = ResNet18((None, None, 1), width=4)
    for side in (16, 20):
        features = encoder(np.zeros((2, side, side, 1), "float32"))
        assert features.shape == (2, 32)


def test_a_flipped_image_gives_the_same_features_under_flipped_kernels():
    """Padding is as wide on each side, also where convolutions stride."""
    encoder = ResNet18((65, 65, 3), stem="imagenet", width=4)
    images = np.random.default_rng(0).random((2, 65, 65, 3), "float32")
    before = ops.convert_to_numpy(encoder(images))
    for layer in encoder.layers:
        if isinstance(layer, keras.layers.Conv2D):
            kernel = ops.convert_to_numpy(layer.kernel)
            layer.kernel.assign(kernel[:, ::-1].copy())
    after = ops.convert_to_numpy(encoder(images[:, :, ::-1].copy()))
    np.testing.assert_allclose(after, before, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "argument",
    [
        {"stem": "none"},
        {"block_norm": "group"},
        {"width": 0},
        {"width": 4.5},
        {"input_shape": (32, 32)},
        {"input_shape": 32},
    ],
)
def test_arguments_are_checked(argument):
    with pytest.raises(ValueError, match=f"`{next(iter(argument))}` must be"):
        ResNet18(**argument)

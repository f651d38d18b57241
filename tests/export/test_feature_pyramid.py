import keras
import numpy as np
import pytest

import keras_contrastive as kc
from keras_contrastive.export import feature_pyramid
from tests.conformance import tiny


def sides(pyramid):
    return {name: x.shape[1:3] for name, x in pyramid.output.items()}


@pytest.mark.parametrize(
    "shape, stem, expected",
    [
        ((32, 32, 3), "cifar", {0: 32, 1: 16, 2: 8, 3: 4}),
        ((28, 28, 1), "cifar", {0: 28, 1: 14, 2: 7, 3: 4}),
        ((64, 64, 3), "imagenet", {1: 32, 2: 16, 3: 8, 4: 4, 5: 2}),
    ],
)
def test_levels_are_the_halvings_of_the_image(shape, stem, expected):
    encoder = kc.encoders.ResNet18(shape, stem=stem, width=2)
    found = sides(feature_pyramid(encoder))
    wanted = {f"P{level}": (side, side) for level, side in expected.items()}
    assert {name: found[name] for name in wanted} == wanted


def test_maps_are_the_last_of_their_size_and_share_the_weights():
    encoder = kc.encoders.ResNet18((32, 32, 3), width=2)
    pyramid = feature_pyramid(encoder)
    stages = [f"stage_{n}" for n in (1, 2, 3, 4)]
    assert list(pyramid.pyramid_level_inputs.values())[:4] == stages
    images = np.random.default_rng(0).uniform(size=(2, 32, 32, 3))
    maps = pyramid(images.astype("float32"))
    pooled = keras.ops.mean(maps["P3"], axis=(1, 2))
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(pooled),
        keras.ops.convert_to_numpy(encoder(images.astype("float32"))),
        rtol=1e-5,
    )
    owned = {id(weight) for weight in encoder.weights}
    assert {id(weight) for weight in pyramid.weights} == owned


def test_a_map_that_is_only_padded_is_no_level():
    # 32, 16, 8, 4, 2, 1; what the next convolution sees of 2 pixels has 4.
    with pytest.warns(UserWarning, match="`stem` is made for other images"):
        encoder = kc.encoders.ResNet18((32, 32, 3), stem="imagenet", width=2)
    levels = feature_pyramid(encoder).pyramid_level_inputs
    expected = {f"P{n + 1}": f"stage_{n}" for n in (1, 2, 3, 4)}
    assert levels == {**levels, **expected}


def test_layers_of_a_loaded_sequential_run_once():
    encoder = tiny.encoder(padding="same")
    loaded = keras.Sequential.from_config(encoder.get_config())
    loaded.set_weights(encoder.get_weights())
    images = np.random.default_rng(0).uniform(size=(4, 12, 12, 3))
    for model in (encoder, feature_pyramid(loaded)):
        model(images.astype("float32"), training=True)
    for found, expected in zip(
        loaded.get_weights(), encoder.get_weights(), strict=True
    ):
        np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.filterwarnings("ignore")  # keras-cv's own
@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="keras-cv trains there"
)
def test_retina_net_takes_it_as_a_backbone():
    keras_cv = pytest.importorskip("keras_cv")
    # Blocks that start as shortcuts keep their first gradients to themselves.
    encoder = kc.encoders.ResNet18(
        (64, 64, 3), stem="imagenet", width=2, zero_init_residual=False
    )
    before = [np.array(weight) for weight in encoder.trainable_weights]
    detector = keras_cv.models.RetinaNet(
        feature_pyramid(encoder), num_classes=10, bounding_box_format="xyxy"
    )
    detector.compile(
        optimizer="sgd",
        classification_loss="focal",
        box_loss="smoothl1",
        run_eagerly=True,
    )
    images = next(iter(kc.data.shapes(2, 2, image_size=64, shuffle=False)))
    masks = kc.data.shape_masks(2, image_size=64)
    boxes = {
        "boxes": kc.data.shape_boxes(masks)[:, None],
        "classes": masks.max(axis=(1, 2))[:, None] - 1.0,
    }
    detector.fit(
        np.asarray(images, "float32") / 255, boxes, batch_size=2, verbose=0
    )
    moved = [
        np.abs(old - np.array(new)).max() > 0
        for old, new in zip(before, encoder.trainable_weights, strict=True)
    ]
    assert all(moved)


def test_bad_encoders_are_named():
    with pytest.raises(ValueError, match="images of one shape"):
        feature_pyramid(kc.encoders.ResNet18((None, None, 3), width=2))
    with pytest.raises(ValueError, match="functional or `Sequential`"):
        feature_pyramid(keras.layers.Dense(2))
    images = keras.Input((64, 64, 3))
    inner = kc.encoders.ResNet18((64, 64, 3), stem="imagenet", width=2)
    inner = keras.Model(inner.input, inner.layers[-2].output, name="inner")
    pooled = keras.layers.GlobalAveragePooling2D()(inner(images))
    nested = keras.Model(images, pooled)
    with pytest.raises(ValueError, match=r"get_layer\('inner'\)"):
        feature_pyramid(nested)
    assert "P5" in feature_pyramid(nested.get_layer("inner")).output
    flat = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten()])
    with pytest.raises(ValueError, match="layers that return feature maps"):
        feature_pyramid(flat)

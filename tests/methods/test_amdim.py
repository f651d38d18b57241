import keras
import numpy as np
import pytest
from keras import ops

import keras_contrastive as kc
from keras_contrastive.layers._random_place import RandomPlace
from tests.conformance import tiny
from tests.conformance.methods import amdim
from tests.conformance.training import images

MAPS = np.arange(2 * 6 * 4, dtype="float32").reshape(2, 6, 4)


def array(tensor):
    return ops.convert_to_numpy(tensor)


def test_default_maps_are_the_two_smallest_above_a_pixel():
    encoder = kc.encoders.ResNet18((32, 32, 3), width=2)
    model = kc.AMDIM(encoder)
    assert model.map_encoder.shapes == [(16, 16), (64, 8)]
    with pytest.warns(UserWarning, match="`stem` is made for other images"):
        encoder = kc.encoders.ResNet18((32, 32, 3), stem="imagenet", width=2)
    # The last stage has a map of one pixel.
    assert kc.AMDIM(encoder).map_encoder.shapes == [(4, 8), (16, 4)]


def test_maps_by_name():
    encoder = kc.encoders.ResNet18((32, 32, 3), width=2)
    model = kc.AMDIM(encoder, maps=("stage_3", "stage_2"))
    assert model.map_encoder.shapes == [(64, 8), (256, 4)]


@pytest.mark.parametrize("loaded", [False, True])
def test_one_call_gives_maps_and_features_of_the_encoder(loaded):
    encoder = tiny.encoder(padding="same")
    if loaded:
        encoder = keras.Sequential.from_config(encoder.get_config())
    x = (images() / 255).astype("float32")
    model = amdim(None)
    model.encoder = encoder
    model.map_encoder = type(model.map_encoder)(encoder, None)
    (rows, _) = model.view_features([x, x])
    coarse, fine, features = map(array, model.map_encoder.split(rows))
    assert coarse.shape == (8, 9, 16) and fine.shape == (8, 36, 8)
    np.testing.assert_allclose(features, array(encoder(x)), atol=1e-6)
    np.testing.assert_allclose(coarse.mean(axis=1), features, atol=1e-6)
    first = keras.Sequential(encoder.layers[:3])
    np.testing.assert_allclose(
        fine, array(first(x)).reshape(8, 36, 8), atol=1e-6
    )


def test_weights_are_those_of_encoder_and_heads():
    model = amdim(None)
    model.build([(None, *tiny.IMAGE_SHAPE)] * 2)
    parts = [
        model.encoder,
        model.projector,
        model.coarse_projector,
        model.fine_projector,
    ]
    expected = [id(w) for part in parts for w in part.trainable_weights]
    assert sorted(map(id, model.trainable_weights)) == sorted(expected)


def test_places_move_with_the_step_and_stay_outside_training():
    layer = RandomPlace(seed=3)
    seen = set()
    for _ in range(40):
        first, second = map(array, layer([MAPS, MAPS], training=True))
        seen |= {first[0, 0], second[0, 0]}
        for rows in (first, second):
            offsets = (rows - MAPS[:, 0]) / 4
            np.testing.assert_array_equal(offsets, offsets[:, :1] + 0 * rows)
    # Each place of the first image begins with a multiple of 4.
    assert seen == {0, 4, 8, 12, 16, 20}
    once, again = (
        [array(rows) for rows in layer([MAPS, MAPS])] for _ in range(2)
    )
    np.testing.assert_array_equal(once, again)
    assert int(array(layer.step)) == 40


def test_a_regularizer_of_the_code():
    model = amdim(None)
    assert model.term_weights == {"regularizer": 0.05}
    model = amdim(None, term_weights={"global_to_fine": 0.5})
    assert model.term_weights == {"regularizer": 0.05, "global_to_fine": 0.5}


def test_a_module_that_reads_no_features_goes_along():
    model = kc.AMDIM(
        kc.encoders.SmallCNN((12, 12, 3), width=2),
        tiny.two_crops(),
        modules=[
            kc.ESSL(
                tiny.views([kc.views.RandomResizedCrop(12, scale=(0.2, 0.6))])
            )
        ],
    )
    outputs = model(images(), training=True)
    assert "turns" in model.terms(outputs)


def test_bad_arguments_are_named():
    encoder = kc.encoders.ResNet18((32, 32, 3), width=2)
    with pytest.raises(ValueError, match="`maps` must name two layers.*'no'"):
        kc.AMDIM(encoder, maps=("stage_4", "no"))
    with pytest.raises(ValueError, match="`clip` is the largest score"):
        kc.AMDIM(encoder, clip=0.0)
    with pytest.raises(ValueError, match="`feature_transform` must be None"):
        kc.AMDIM(encoder, feature_transform=kc.layers.PositiveExtrapolation())
    with pytest.raises(ValueError, match="images of one shape"):
        kc.AMDIM(kc.encoders.ResNet18((None, None, 3), width=2))
    small = keras.Sequential(
        [keras.Input((8, 8, 3)), keras.layers.GlobalAveragePooling2D()]
    )
    with pytest.raises(ValueError, match="maps of two sizes.*of sizes \\[\\]"):
        kc.AMDIM(small)
    model = kc.AMDIM(encoder, fine_projector=kc.layers.MapHead(8))
    views = 2 * [np.zeros((4, 32, 32, 3), "float32")]
    with pytest.raises(ValueError, match="vectors of one width.*'fine': 8"):
        model(views)
    with pytest.raises(ValueError, match="`encoder` must take images of shape"):
        model([view[:, :16, :16] for view in views])

"""Layers of Keras and keras-cv as they come, and lists of them."""

import keras
import numpy as np
import pytest

import keras_contrastive as kc
from keras_contrastive.views import (
    Augment,
    Grayscale,
    MultiView,
    Pipeline,
    RandomResizedCrop,
)
from tests.views.adapters.adapted import cv
from tests.views.samples import arrays, images

layers = keras.layers
SHAPE = (8, 9, 3)


def flip():
    return layers.RandomFlip()


def contrast():
    return layers.RandomContrast((0.4, 0.4))


def crop():
    return RandomResizedCrop(6)


SAME = {
    "list": lambda: [crop(), flip(), contrast()],
    "nested lists": lambda: [[crop()], (flip(), [contrast()])],
    "sequential": lambda: [
        crop(),
        layers.Rescaling(1 / 255),
        keras.Sequential([keras.Input((6, 6, 3)), flip(), contrast()]),
    ],
    "pipeline of Keras": lambda: [
        crop(),
        layers.Pipeline([flip(), contrast()]),
    ],
}


@pytest.mark.parametrize("name", SAME)
def test_layers_are_adapted_one_by_one(name):
    """The views, draws and names are those of `Augment` by hand."""
    expected = Pipeline([crop(), Augment(flip()), Augment(contrast())])
    parts = SAME[name]()
    found = MultiView([parts, Pipeline(parts)], seed=1)
    by_hand = MultiView([expected, expected], seed=1)
    for pipeline in found.pipelines:
        assert pipeline.parameter_names == expected.parameter_names
    if name != "sequential":
        return
    draws = arrays(found.draw(4, SHAPE, step=1))
    keras.tree.map_structure(
        np.testing.assert_array_equal,
        draws,
        arrays(by_hand.draw(4, SHAPE, step=1)),
    )
    factors = draws[0][2]["contrast_factor"]
    assert len(np.unique(factors)) == 4


def test_a_sequential_is_a_view():
    augmentation = keras.Sequential([flip(), contrast()])
    views = MultiView([augmentation, [augmentation, Grayscale()]], seed=1)
    assert [len(p.transforms) for p in views.pipelines] == [2, 3]
    assert Pipeline(augmentation).transforms[0].layer is augmentation.layers[0]


def test_layers_of_keras_cv():
    crop_and_flip = cv().Augmenter(
        [cv().RandomFlip(), cv().Posterization((0, 255), 4)]
    )
    pipeline = Pipeline(crop_and_flip)
    names = [type(t.layer).__name__ for t in pipeline.transforms]
    assert names == ["RandomFlip", "Posterization"]
    with pytest.raises(ValueError, match="In `transforms`: .*`RandomApply`"):
        Pipeline([cv().RandomApply(cv().RandomFlip())])


@pytest.mark.filterwarnings("ignore:Tensor.T is deprecated")
def test_trains_and_loads(tmp_path):
    parts = [crop(), flip(), contrast()]
    encoder = keras.Sequential(
        [keras.Input((6, 6, 3)), layers.Flatten(), layers.Dense(3)]
    )
    model = kc.SimCLR(encoder, MultiView([parts, parts], seed=1))
    model.compile("sgd")
    model.fit(images(8, *SHAPE), batch_size=4, verbose=0)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    pixels = images(4, *SHAPE)
    np.testing.assert_array_equal(
        arrays(again.views(pixels, training=True)),
        arrays(model.views(pixels, training=True)),
    )


@pytest.mark.parametrize(
    "message, make",
    [
        (
            "In `transforms`: .*`MixUp`. It mixes",
            lambda: [flip(), layers.MixUp()],
        ),
        ("In `transforms`: .*`CutMix`. It mix", lambda: [[layers.CutMix()]]),
        ("In `transforms`: .*`AugMix`. Its random", lambda: layers.AugMix()),
        ("function.* derive a `.*Transform`.*fliplr", lambda: [np.fliplr]),
        ("function.* derive a `.*Transform`", lambda: [lambda x: x]),
        ("another layer.*Lambda", lambda: [layers.Lambda(lambda x: x)]),
        ("another layer.*Dense", lambda: [layers.Dense(3)]),
        ("Received: layer=<class", lambda: [layers.RandomFlip]),
        (
            r"`transforms` may hold .*first layer of the encoder.*offset=-1",
            lambda: [layers.Rescaling(1 / 127.5, offset=-1), flip()],
        ),
        ("`transforms` must be a non-empty list", lambda: ["flip"]),
    ],
)
def test_what_cannot_make_views(message, make):
    parts = make()
    if not isinstance(parts, list):
        parts = [parts]
    with pytest.raises(ValueError, match=message):
        Pipeline(parts)


def test_of_views_each_is_a_list():
    """Two layers could be two views, or two steps of each."""
    message = r"`pipelines` must be .*`MultiView\(\[layers, layers\]\)`"
    for pipelines in ([flip(), contrast()], flip(), [[flip()], crop()]):
        with pytest.raises(ValueError, match=message):
            MultiView(pipelines)
    with pytest.raises(ValueError, match="In `pipelines`: .*`CutMix`"):
        MultiView([[layers.CutMix()]])


def test_modules_need_parameters_that_are_known():
    encoder = keras.Sequential([keras.Input(SHAPE), layers.Flatten()])

    def method(parts, module):
        return kc.SimCLR(encoder, MultiView([parts, parts]), modules=[module])

    unknown = [Pipeline([layers.RandomErasing()]), layers.AutoContrast()]
    with pytest.raises(ValueError, match="`EquiMod` .* draw none that are kno"):
        method(unknown, kc.EquiMod())
    method([*unknown, contrast()], kc.EquiMod())
    method([*unknown, Grayscale(probability=0.2)], kc.EquiMod())

import keras
import numpy as np
import pytest

import keras_contrastive as kc
from tests.conformance import tiny


def make(turned, encoder=None):
    predictor = keras.Sequential([keras.layers.Dense(4)])
    return kc.SimCLR(
        encoder or tiny.encoder((None, None, 3)),
        tiny.two_views([tiny.crop()]),
        tiny.head(),
        modules=[kc.ESSL(turned, predictor)],
    )


def small(size=8):
    crop = kc.views.RandomResizedCrop(size, scale=(0.5, 1.0), flip=0.0)
    return tiny.views([crop])


def test_learns_which_way_is_up():
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    images = np.tile(np.linspace(0, 1, 12)[:, None, None], (256, 1, 12, 3))
    images = (images * rng.uniform(0.5, 1, (256, 1, 1, 3))).astype("float32")
    model = make(small())
    model.compile(keras.optimizers.Adam(1e-2))
    logs = model.fit(images, batch_size=64, epochs=12, verbose=0).history
    assert logs["turns"][-1] < 0.5 * np.log(4)


def test_further_view_of_its_own_size():
    outputs = make(small(7))(np.zeros((4, 12, 12, 3), "uint8"))
    assert outputs["turn_logits"].shape == (4, 4, 4)


def test_any_method_may_have_it():
    """Also one that compares an image with pieces of it."""
    from tests.conformance.methods import METHODS

    row = METHODS["PIRL"]
    module = kc.ESSL(small(), keras.layers.Dense(4))
    model = row.make(row.views(), modules=[module])
    model.compile("sgd", run_eagerly=True)
    images = np.resize(np.arange(256, dtype="uint8"), (16, 12, 12, 3))
    index = np.arange(16, dtype="int32")
    logs = model.fit(
        {"images": images, "index": index}, batch_size=8, verbose=0
    ).history
    assert set(logs) == {"loss", *model.objective_names}


def test_four_turns_pass_the_encoder_in_one_call():
    batches = []

    class Recorder(keras.layers.Layer):
        def call(self, x):
            batches.append(tuple(x.shape))
            return x

    inner = tiny.encoder((None, None, 3))
    encoder = keras.Sequential([inner.inputs[0], Recorder(), *inner.layers])
    model = make(small(), encoder)
    batches.clear()
    model(np.zeros((4, 12, 12, 3), "uint8"))
    assert batches[-2:] == [(8, 12, 12, 3), (16, 8, 8, 3)]


def test_default_predictor():
    module = kc.ESSL(small())
    model = kc.SimCLR(
        tiny.encoder((None, None, 3)),
        tiny.two_crops(),
        tiny.head(),
        modules=[module],
    )
    model.build((None, 12, 12, 3))
    shapes = [tuple(w.shape) for w in module.predictor.weights]
    hidden = [(16, 2048), *3 * [(2048,)], (2048, 2048), *3 * [(2048,)]]
    assert shapes == [*hidden, (2048, 4), (4,)]


def test_bad_arguments():
    oblong = small((6, 8))
    with pytest.raises(ValueError, match="must make square images"):
        make(oblong)(np.zeros((4, 12, 12, 3), "uint8"))
    with pytest.raises(ValueError, match="`turned_views` must return"):
        make(tiny.two_views([tiny.crop()]))(np.zeros((4, 12, 12, 3), "uint8"))

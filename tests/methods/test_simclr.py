"""What the conformance table does not ask of SimCLR."""

import keras
import numpy as np
import pytest

import keras_contrastive as kc
from tests.conftest import EAGERLY

VIEWS = tuple(np.random.default_rng(0).random((2, 8, 8, 8, 3), "float32"))


def test_both_views_go_through_the_encoder_in_one_call():
    calls = []

    class Counter(keras.layers.Layer):
        def call(self, x):
            calls.append(tuple(x.shape))
            return x

    encoder = keras.Sequential(
        [Counter(), keras.layers.GlobalAveragePooling2D()]
    )
    model = kc.SimCLR(encoder, projector=kc.layers.ProjectionHead(4))
    model(VIEWS)
    assert set(calls) <= {(16, 8, 8, 3), (None, 8, 8, 3)} and calls


def test_three_views_are_refused():
    model = kc.SimCLR(keras.Sequential([keras.layers.Flatten()]))
    with pytest.raises(ValueError, match="tuple of ready views"):
        model((*VIEWS, VIEWS[0]))


def test_the_default_head_is_that_of_v1():
    model = kc.SimCLR(keras.Sequential([keras.layers.Flatten()]))
    outputs = model(VIEWS)
    assert outputs["projections"][0].shape == (8, 128)
    assert model.projector.num_layers == 2


def test_another_loss_names_the_term_and_is_saved():
    model = kc.SimCLR(
        keras.Sequential([keras.layers.Flatten()]),
        loss=kc.losses.DCL(0.3),
    )
    assert model.objective_names == ("dcl",)
    values = model.objectives(model(VIEWS))["dcl"]
    assert values.shape == (8,)
    again = kc.SimCLR.from_config(model.get_config())
    assert isinstance(again.contrast_loss, kc.losses.DCL)
    assert again.contrast_loss.temperature == 0.3


@pytest.mark.parametrize(
    "loss",
    [
        kc.losses.MIOLoss(),
        kc.losses.VICRegLoss(),
        kc.losses.BarlowTwinsLoss(),
        kc.losses.InfoNCE(0.2),
    ],
)
def test_trained_with_another_loss_it_loads(loss, tmp_path):
    model = kc.SimCLR(
        keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten()]),
        projector=kc.layers.ProjectionHead(4),
        loss=loss,
    )
    model.compile("sgd", run_eagerly=EAGERLY)
    model.fit(VIEWS, batch_size=8, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert type(loaded.contrast_loss) is type(loss)
    assert loaded.evaluate(VIEWS, batch_size=8, verbose=0) == model.evaluate(
        VIEWS, batch_size=8, verbose=0
    )

"""What the conformance table does not ask of SimCLR."""

import keras
import numpy as np
import pytest
from keras import ops

import keras_contrastive as kc
from tests import slow_losses as slow
from tests.conftest import EAGERLY
from tests.losses.pairs import Z1, Z2, random_pair

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


def trained_loss(loss, z1, z2):
    model = kc.SimCLR(
        keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten()]),
        loss=loss,
    )
    pair = [ops.convert_to_tensor(np.asarray(z, "float32")) for z in (z1, z2)]
    (values,) = model.objectives({"projections": pair}).values()
    return ops.convert_to_numpy(values)


def test_a_loss_of_one_direction_is_trained_in_both():
    """As in the authors' code of E-SSL."""
    z1, z2 = random_pair()
    both = slow.info_nce(z1, z2, 0.5) + slow.info_nce(z2, z1, 0.5)
    found = trained_loss(kc.losses.InfoNCE(0.5), z1, z2)
    np.testing.assert_allclose(found, both / 2, rtol=1e-6)
    golden = trained_loss(kc.losses.InfoNCE(0.5), Z1, Z2)
    np.testing.assert_allclose(golden.mean(), 1.0929683, rtol=1e-6)


@pytest.mark.parametrize("loss", [kc.losses.NTXent(0.5), kc.losses.DCL(0.5)])
def test_a_loss_of_both_directions_stays(loss):
    config = {**loss.get_config(), "reduction": None}
    alone = type(loss).from_config(config)(*random_pair())
    found = trained_loss(loss, *random_pair())
    np.testing.assert_allclose(found, ops.convert_to_numpy(alone), rtol=1e-6)


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

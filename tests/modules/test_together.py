"""Several modules of one method."""

import keras
import numpy as np
import pytest

import keras_contrastive as kc
from tests.conformance import tiny
from tests.conformance.training import fit, images


def equimod():
    return kc.EquiMod(
        tiny.head("standardize"),
        tiny.head("affine", num_layers=1),
        tiny.head("standardize", num_layers=1),
    )


def aug_self():
    return kc.AugSelf({"crop": 1.0}, hidden_units=16)


def essl():
    crop = kc.views.RandomResizedCrop(8, scale=(0.5, 1.0))
    return kc.ESSL(tiny.views([crop]), keras.layers.Dense(4))


def simclr(encoder=None, **kwargs):
    encoder = encoder or tiny.encoder((None, None, 3))
    return kc.SimCLR(encoder, tiny.two_crops(), tiny.head(), **kwargs)


def byol(encoder=None, **kwargs):
    encoder = encoder or tiny.encoder((None, None, 3))
    heads = tiny.head("none"), tiny.head("none")
    return kc.BYOL(encoder, tiny.two_crops(), *heads, **kwargs)


TERMS = {equimod: "equivariance", aug_self: "crop", essl: "turns"}


@pytest.mark.parametrize("other", [aug_self, essl])
@pytest.mark.parametrize("method", [simclr, byol])
def test_terms_of_all_are_logged_and_saved(method, other, tmp_path):
    model = method(modules=[equimod(), other()])
    model.compile("sgd", run_eagerly=True)
    fit("SimCLR", model, 16)
    logs = model.evaluate(images(16), batch_size=8, verbose=0, return_dict=True)
    own = method().objective_names
    assert model.objective_names == (*own, "equivariance", TERMS[other])
    assert set(logs) == {"loss", *model.objective_names}
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    again = loaded.evaluate(
        images(16), batch_size=8, verbose=0, return_dict=True
    )
    assert again == logs


def test_all_features_come_from_one_call_of_the_encoder():
    calls = []

    class Recorder(keras.layers.Layer):
        def call(self, x):
            calls.append(tuple(x.shape))
            return x

    inner = tiny.encoder((None, None, 3))
    encoder = keras.Sequential([inner.inputs[0], Recorder(), *inner.layers])
    model = simclr(encoder, modules=[equimod(), aug_self(), essl()])
    calls.clear()
    model(images(8), training=True)
    # Untouched images and both views, then the turned ones, which are smaller.
    assert calls[-2:] == [(24, 12, 12, 3), (32, 8, 8, 3)]


def test_a_module_does_as_well_beside_another():
    keras.utils.set_random_seed(0)
    alone = simclr(modules=[aug_self()])
    both = simclr(modules=[aug_self(), equimod()])
    for model in (alone, both):
        model(images(8))
    both.encoder.set_weights(alone.encoder.get_weights())
    both.parts[0].set_weights(alone.parts[0].get_weights())
    values = [
        keras.ops.convert_to_numpy(model.terms(model(images(8)))["crop"])
        for model in (alone, both)
    ]
    np.testing.assert_allclose(*values, rtol=1e-5)


class Norm(kc.modules.Module):
    """A module of a user's own, which needs the features alone."""

    term_weights = {"norm": 0.1}

    def embed(self, features, **further):
        return {"norms": keras.ops.sum(features[0] ** 2, axis=1)}

    def objectives(self, outputs):
        return {"norm": outputs["norms"]}


def test_a_module_without_needs_takes_ready_views():
    model = kc.SimCLR(tiny.encoder(), projector=tiny.head(), modules=[Norm()])
    views = images(8).astype("float32") / 255
    assert set(model.terms(model((views, views)))) == {"nt_xent", "norm"}


@pytest.mark.parametrize("need", ["needs_parameters", "needs_original"])
def test_what_a_module_needs_is_asked_of_the_views(need):
    class Needs(Norm):
        pass

    setattr(Needs, need, True)
    with pytest.raises(ValueError, match="`Needs` learns from the parameters"):
        kc.SimCLR(tiny.encoder(), Two(), modules=[Needs()])
    with pytest.raises(ValueError, match="`modules` has `Needs`.*views=None"):
        kc.SimCLR(tiny.encoder(), modules=[Needs()])


class Two(keras.layers.Layer):
    def call(self, images, training=False):
        return 2 * [kc.ops.unit_range(images)]


def test_terms_that_are_not_declared_are_named():
    class Undeclared(Norm):
        def objectives(self, outputs):
            return {"other": outputs["norms"]}

    model = simclr(modules=[Undeclared()])
    with pytest.raises(ValueError, match="`objective_names` must name.*other"):
        model.terms(model(images(8)))


def test_a_method_around_which_a_module_was_written_before():
    with pytest.raises(ValueError, match="`projector` must be.*modules="):
        kc.EquiMod(simclr())
    with pytest.raises(ValueError, match="`term_weights` must be a dict"):
        kc.AugSelf(simclr())
    for wrong in ("views", kc.views.Pipeline([tiny.crop()])):
        with pytest.raises(ValueError, match="`turned_views` must be"):
            kc.ESSL(wrong)

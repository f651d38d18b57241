"""No layer hides what torch's `Module` owns, which each layer is there."""

import importlib
import pkgutil

import keras
import pytest

import keras_contrastive as kc

OWNED = {"apply", "eval", "forward", "modules", "train"}


def subclasses(cls):
    for child in cls.__subclasses__():
        yield child
        yield from subclasses(child)


def test_layers_leave_the_names_of_torch_alone():
    for module in pkgutil.walk_packages(kc.__path__, "keras_contrastive."):
        importlib.import_module(module.name)
    layers = {
        cls
        for cls in subclasses(keras.layers.Layer)
        if cls.__module__.startswith("keras_contrastive.")
    }
    assert {kc.SimCLR, kc.views.MultiView, kc.layers.ColorFlow} <= layers
    hidden = {cls: OWNED & set(vars(cls)) for cls in layers}
    assert not {cls: names for cls, names in hidden.items() if names}


@pytest.mark.backends("torch")
def test_torch_applies_a_function_to_every_layer():
    encoder = keras.Sequential(
        [keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(2)]
    )
    views = kc.views.simclr(8, seed=1)
    model, seen = kc.SimCLR(encoder, views), []
    model.apply(seen.append)
    assert {model, encoder, views} <= set(seen)
    for transform in (pipeline := views.pipelines[0]).transforms:
        assert transform.apply(lambda layer: None) is transform
    assert pipeline.apply(lambda layer: None) is pipeline

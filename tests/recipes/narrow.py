"""Recipes with encoders of two channels, for tests."""

import keras_contrastive as kc

RECIPES = {
    name: value
    for name in kc.recipes.__all__
    if isinstance(value := getattr(kc.recipes, name), kc.recipes.Recipe)
}
ResNet18 = kc.encoders.ResNet18


def narrow(monkeypatch):
    """Recipes then make ResNets of 18 layers and two channels."""

    def encoder(shape, **kwargs):
        return ResNet18(shape, width=2, **kwargs)

    for name in ("ResNet18", "ResNet50"):
        monkeypatch.setattr(kc.encoders, name, encoder)

"""Recipes with tiny encoders in place of ResNets, for tests."""

import dataclasses

import keras

import keras_contrastive as kc

RECIPES = {
    name: value
    for name in kc.recipes.__all__
    if isinstance(value := getattr(kc.recipes, name), kc.recipes.Recipe)
}


def narrow(monkeypatch):
    """Has recipes make an encoder of one convolution of coarse pixels.

    Returns:
        List of what ResNets they asked for: name, shape and options.
    """
    asked = []

    def tiny(name):
        def encoder(shape, **options):
            asked.append((name, shape, options))
            return keras.Sequential(
                [
                    keras.Input(shape),
                    keras.layers.AveragePooling2D(8),
                    keras.layers.Conv2D(8, 1, use_bias=False),
                    keras.layers.BatchNormalization(),
                    keras.layers.ReLU(),
                    keras.layers.GlobalAveragePooling2D(name="features"),
                ],
                name=name.lower(),
            )

        return encoder

    for name in ("ResNet18", "ResNet50"):
        monkeypatch.setattr(kc.encoders, name, tiny(name))
    return asked


def evaluated_for(epochs):
    """All recipes, whose classifiers learn for so many epochs."""
    return {
        name: dataclasses.replace(
            recipe,
            evaluation=dataclasses.replace(recipe.evaluation, epochs=epochs),
        )
        for name, recipe in RECIPES.items()
    }

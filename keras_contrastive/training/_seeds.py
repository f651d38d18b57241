from typing import Any

import keras

from keras_contrastive._keras_internals import layers_of


def seeds_of(model: keras.Model) -> list[int]:
    """Seeds from which the parts of a model draw, given or drawn themselves."""
    return [layer.seed for layer in seeded(model)]


def set_seeds(model: keras.Model, seeds: list[int]) -> None:
    for layer, seed in zip(seeded(model), seeds, strict=True):
        layer.seed = seed


def seeded(model: keras.Model) -> list[Any]:
    # Layers of Keras draw from variables.
    return [
        layer
        for layer in layers_of(model)
        if isinstance(getattr(layer, "seed", None), int)
        and type(layer).__module__.startswith("keras_contrastive.")
    ]

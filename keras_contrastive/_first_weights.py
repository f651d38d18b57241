"""What of an image arrives at the first weights of an encoder."""

import warnings
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_contrastive._keras_internals import layers_of

STANDARDIZE = (keras.layers.Normalization, keras.layers.BatchNormalization)


class Arrived(BaseException):
    """Ends the run of an encoder. Keras would rewrite an `Exception`."""


def run_to_first_weights(encoder: Any, images: Any) -> list[tuple[Any, Any]]:
    """Calls an encoder until its images come to a layer with weights.

    Args:
        encoder: Built layer, with a graph or without.
        images: Array `(batch, height, width, channels)`.

    Returns:
        List of pairs, a layer and the array that it was given: those on the
        way that have a `data_format`, and at last the one with weights.
    """
    seen: list[tuple[Any, Any]] = []
    watched = [layer for layer in layers_of(encoder) if is_watched(layer)]
    before = [vars(layer).get("call") for layer in watched]
    for layer in watched:
        layer.call = watching(layer, seen)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Keras', of a list of one input
            encoder(images, training=False)
    except Arrived:
        pass
    finally:
        for layer, call in zip(watched, before, strict=True):
            if call is None:
                del layer.call
            else:
                layer.call = call
    return seen


def is_watched(layer):
    is_single = len(layers_of(layer)) == 1
    return is_single and (has_weights(layer) or hasattr(layer, "data_format"))


def has_weights(layer):
    """Whether it learns more than to standardize."""
    return bool(layer.weights) and not isinstance(layer, STANDARDIZE)


def watching(layer, seen):
    call = layer.call

    def watched(*args, **kwargs):
        given = keras.tree.flatten((args, kwargs))[0]
        given = ops.convert_to_numpy(ops.cast(given, "float32"))
        # Positions of patches, for one, are the same for all images.
        if np.ptp(given, axis=0).any():
            seen.append((layer, given))
            if has_weights(layer):
                raise Arrived
        return call(*args, **kwargs)

    return watched


def black_and_white(shape: Any) -> np.ndarray:
    """Four images in 0..1: black, white, half and half, and noise."""
    images = np.zeros((4, *shape), "float32")
    images[1] = 1
    images[2, :, : shape[1] // 2] = 1
    images[3] = np.random.default_rng(0).random(shape)
    return images

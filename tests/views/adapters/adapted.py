"""Layers of Keras and keras-cv, one for each way to be adapted."""

import functools
import warnings

import keras
import pytest

from keras_contrastive.views import Augment

layers = keras.layers


def cv():
    """The layers of keras-cv, where it is installed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("keras_cv").layers


# A batch at once, image by image, by a key alone; what XLA cannot compile.
KERAS = {
    "contrast": lambda: layers.RandomContrast((0.4, 0.4)),
    "hue": lambda: layers.RandomHue(0.4, value_range=(0, 1)),
    "blur": lambda: layers.RandomGaussianBlur((0.9, 0.9), 3, (0.3, 2.0)),
    "erase": lambda: layers.RandomErasing((1.0, 1.0), scale=(0.3, 0.5)),
    "turn": lambda: layers.RandomRotation(0.3),
}
# Likewise; some draw inside conditions, some decide in Python.
KERAS_CV = {
    "flip": lambda: cv().RandomFlip(),
    "crop": lambda: cv().RandomCropAndResize((6, 5), (0.2, 0.8), (0.8, 1.2)),
    "jitter": lambda: cv().RandomColorJitter((0, 255), 0.4, 0.4, 0.3, 0.2),
    "noise": lambda: cv().RandomCutout(0.4, 0.4, "gaussian_noise"),
    "policy": lambda: cv().RandAugment((0, 255)),
}
EVERY = {**KERAS, **KERAS_CV}


@functools.cache
def augment(name):
    """One for all tests: probability 0.8, traced once a shape."""
    return Augment(EVERY[name](), probability=0.8)

"""A small task that a random encoder cannot do and views can teach."""

import keras

import keras_contrastive as kc
from tests.conformance.methods import IMAGE_SHAPE
from tests.conformance.training import make


def accuracy_before_and_after(method):
    bank, queries = (
        gather(kc.data.shapes(split=split, num_images=n, image_size=IMAGE_SHAPE[0]))
        for split, n in (("train", 1000), ("test", 500))
    )
    return bank, queries

"""Probes of any number of images where two devices share a batch."""

import keras
import numpy as np
import pytest

from keras_contrastive.evaluation import (
    fine_tune,
    knn,
    linear_probe,
    ridge_probe,
)
from keras_contrastive.evaluation._linear_heads import train_heads
from tests.evaluation.test_image_classifier import TEST, TRAIN, make_encoder
from tests.replicas import two_replicas

if keras.backend.backend() == "torch":
    pytest.skip("One device", allow_module_level=True)

ODD = TRAIN[0][:33], TRAIN[1][:33]


def test_linear_heads_are_those_of_one_device():
    features = np.random.default_rng(0).normal(size=(33, 4)).astype("float32")
    targets = np.arange(33) % 3
    candidates = [(0.1, 0.0), (0.5, 0.01)]
    # In one batch: of several, TensorFlow reads some ahead and drops them.
    alone = train_heads(features, targets, candidates, 3, 33, seed=1)
    with two_replicas() as scope, scope():
        shared = train_heads(features, targets, candidates, 3, 33, seed=1)
    np.testing.assert_allclose(shared.kernels, alone.kernels, atol=1e-5)
    np.testing.assert_allclose(shared.biases, alone.biases, atol=1e-5)


@pytest.mark.filterwarnings("ignore:`fine_tune` made")
def test_every_protocol_takes_an_odd_number_of_images():
    with two_replicas() as scope, scope():
        encoder = make_encoder()
        for report in (
            linear_probe(encoder, ODD, TEST, epochs=2, batch_size=11),
            ridge_probe(encoder, ODD, TEST),
            knn(encoder, ODD, TEST, k=5),
            fine_tune(encoder, ODD, TEST, epochs=2),
        ):
            found = report.model(TEST[0][:33])
            np.testing.assert_array_equal(
                keras.ops.convert_to_numpy(found).argmax(axis=1),
                report.predictions[:33],
            )

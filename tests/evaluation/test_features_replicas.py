"""Features under `tf.distribute`, on two logical CPUs."""

import keras
import numpy as np
import pytest

from keras_contrastive.evaluation import extract_features
from tests.replicas import mirrored_strategy

if keras.backend.backend() != "tensorflow":
    pytest.skip("TensorFlow alone has replicas", allow_module_level=True)

import tensorflow as tf

(CPU,) = tf.config.list_physical_devices("CPU")
if len(tf.config.get_logical_device_configuration(CPU) or []) < 2:
    # Before anything runs: TensorFlow fixes its devices at the first step.
    tf.config.set_logical_device_configuration(
        CPU, [tf.config.LogicalDeviceConfiguration()] * 2
    )


def test_replicas_do_not_repeat_images():
    images = np.random.default_rng(0).random((10, 4, 4, 3), "float32")
    with mirrored_strategy().scope():
        encoder = keras.Sequential(
            [
                keras.Input((4, 4, 3)),
                keras.layers.Conv2D(5, 3),
                keras.layers.GlobalAveragePooling2D(),
            ]
        )
    assert len(encoder.predict_on_batch(images)) == 20  # what Keras does
    features, _ = extract_features(encoder, (images, None), batch_size=4)
    np.testing.assert_allclose(features, encoder(images), rtol=1e-5, atol=1e-6)

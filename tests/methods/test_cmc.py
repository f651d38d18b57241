"""What the conformance table does not ask of CMC."""

import keras
import numpy as np
import pytest
from keras import ops

import keras_contrastive as kc

IMAGES = np.random.default_rng(0).integers(0, 256, (4, 8, 8, 3), "uint8")


def encoder(channels):
    layers = [keras.Input((8, 8, channels)), keras.layers.Flatten()]
    return keras.Sequential([*layers, keras.layers.Dense(5)], name="same_name")


def test_joint_encoder_joins_features_of_the_channels(tmp_path):
    model = kc.CMC(
        encoder(1), encoder(2), kc.views.cmc(8), num_images=4, num_negatives=2
    )
    joint = model.joint_encoder(kc.views.cmc(None))
    found = ops.convert_to_numpy(joint(IMAGES))
    first, second = kc.views.cmc(None)(IMAGES)
    expected = np.concatenate(
        [
            ops.convert_to_numpy(model.encoder(first)),
            ops.convert_to_numpy(model.second_encoder(second)),
        ],
        axis=1,
    )
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    joint.save(tmp_path / "joint.keras")
    loaded = keras.saving.load_model(tmp_path / "joint.keras")
    np.testing.assert_array_equal(ops.convert_to_numpy(loaded(IMAGES)), found)


def test_banks_begin_apart_and_draw_the_same_images():
    model = kc.CMC(
        encoder(1),
        encoder(2),
        kc.views.cmc(8),
        num_images=40,
        num_negatives=20,
        seed=7,
    )
    index = np.arange(4, dtype="int32")
    outputs = model({"images": IMAGES, "index": index}, training=False)
    rows = [
        ops.convert_to_numpy(bank.read())
        for bank in (model.first_bank, model.second_bank)
    ]
    # Of independent directions in 128 dimensions, the mean cosine is 0 with
    # a deviation of 1 / sqrt(40 * 128).
    assert abs((rows[0] * rows[1]).sum(axis=1).mean()) < 0.08
    drawn = [
        np.argmax(ops.convert_to_numpy(negatives) @ bank.T, axis=-1)
        for negatives, bank in zip(outputs["negatives"], rows, strict=True)
    ]
    np.testing.assert_array_equal(*drawn)
    assert len(np.unique(drawn[0])) > 10


def test_a_missing_second_encoder():
    with pytest.raises(TypeError, match="second_encoder"):
        kc.CMC(encoder(1), num_images=4)
    with pytest.raises(ValueError, match="`second_encoder` must map"):
        kc.CMC(encoder(1), kc.views.cmc(8), num_images=4)
    shared = encoder(1)
    with pytest.raises(ValueError, match="`second_encoder` must be another"):
        kc.CMC(shared, second_encoder=shared, num_images=4)

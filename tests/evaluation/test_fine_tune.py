import sys

import keras
import numpy as np
import pytest

import keras_contrastive as kc
from keras_contrastive.evaluation import fine_tune
from keras_contrastive.evaluation._shuffled_batches import shuffled_batches
from tests.evaluation.test_linear_probe import blobs

pytestmark = pytest.mark.filterwarnings("ignore:`fine_tune` made")

TRAIN, TEST = blobs(48, seed=1), blobs(60, seed=2)


def make_encoder(units=4):
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            keras.Input((1, 1, 6)),
            keras.layers.Flatten(),
            keras.layers.Dense(units, use_bias=False),
        ]
    )


def unchanged():
    crop = kc.views.RandomResizedCrop(1, scale=(1, 1), ratio=(1, 1), flip=0)
    return kc.views.MultiView([kc.views.Pipeline([crop])], seed=0)


def slow_fine_tune(kernel, images, targets, rate, encoder_rate, seed):
    """Two epochs of SGD on a linear encoder and classifier, in float64."""
    images = images.reshape(len(images), -1).astype("float64")
    kernel = kernel.astype("float64")
    readout = np.zeros((kernel.shape[1], 3))
    bias = np.zeros(3)
    weights, speeds = [kernel, readout, bias], [0.0, 0.0, 0.0]
    batches = shuffled_batches(images, targets, 16, seed)
    for step in range(6):
        x, y = next(batches)
        lr = rate * 0.5 * (1 + np.cos(np.pi * step / 6))
        kernel, readout, bias = weights
        logits = x @ kernel @ readout + bias
        p = np.exp(logits - logits.max(1, keepdims=True))
        p /= p.sum(1, keepdims=True)
        p[np.arange(16), y] -= 1
        p /= 16
        gradients = [
            encoder_rate * x.T @ p @ readout.T,
            (x @ kernel).T @ p,
            p.sum(0),
        ]
        for i, gradient in enumerate(gradients):
            speeds[i] = 0.9 * speeds[i] - lr * gradient
            weights[i] = weights[i] + 0.9 * speeds[i] - lr * gradient
    return weights


@pytest.mark.parametrize("encoder_rate", [1.0, 0.1])
def test_equals_sgd_by_hand(encoder_rate):
    encoder = make_encoder()
    report = fine_tune(
        encoder,
        TRAIN,
        TEST,
        views=unchanged(),
        epochs=2,
        batch_size=16,
        learning_rate=2.0,
        encoder_rate=encoder_rate,
        seed=3,
    )
    targets = np.unique(TRAIN[1], return_inverse=True)[1]
    kernel, readout, bias = slow_fine_tune(
        encoder.get_weights()[0], TRAIN[0], targets, 2.0, encoder_rate, seed=3
    )
    expected = TEST[0].reshape(60, 6) @ kernel @ readout + bias
    shares = np.exp(expected) / np.exp(expected).sum(axis=1, keepdims=True)
    found = report.model.predict(TEST[0], verbose=0)
    np.testing.assert_allclose(found, shares, atol=1e-4)
    right = np.unique(TRAIN[1])[expected.argmax(axis=1)] == TEST[1]
    assert report.accuracy == right.mean()


def test_the_encoder_stays_as_it_is_and_its_copy_learns():
    encoder = make_encoder()
    before = encoder.get_weights()[0]
    report = fine_tune(
        encoder, TRAIN, TEST, views=unchanged(), epochs=200, learning_rate=0.1
    )
    np.testing.assert_array_equal(encoder.get_weights()[0], before)
    assert np.abs(report.model.get_weights()[0] - before).max() > 0.01
    assert report.accuracy > 0.5  # chance is a third
    assert report.settings["batch_size"] == 48
    assert "model" not in report.to_dict()


def test_a_copy_of_a_frozen_encoder_learns():
    encoder = make_encoder()
    encoder.trainable = False
    report = fine_tune(
        encoder, TRAIN, TEST, views=unchanged(), epochs=2, learning_rate=1.0
    )
    assert not encoder.trainable_weights
    assert len(report.model.trainable_weights) == 3
    moved = report.model.get_weights()[0] - encoder.get_weights()[0]
    assert np.abs(moved).max() > 1e-3


def test_a_bad_encoder_and_divergence_are_named():
    maps = keras.Sequential([keras.Input((1, 1, 6)), keras.layers.Conv2D(3, 1)])
    with pytest.raises(ValueError, match="GlobalAveragePooling2D"):
        fine_tune(maps, TRAIN, TEST, epochs=1)
    with pytest.raises(ValueError, match="`learning_rate`.*diverged"):
        fine_tune(
            make_encoder(),
            TRAIN,
            TEST,
            views=unchanged(),
            epochs=9,
            batch_size=16,
            learning_rate=1e30,
        )


def test_test_images_of_another_size_are_refused_before_training():
    images, labels = TEST
    large = (images.repeat(2, axis=1), labels)
    with pytest.raises(ValueError, match="`test` must have images of the sha"):
        fine_tune(make_encoder(), TRAIN, large, epochs=10**9)


def test_rows_choose_the_images_to_learn_from():
    rows = kc.data.label_subset(TRAIN[1], per_class=5)
    images, labels = TRAIN
    settings = {"views": unchanged(), "epochs": 2, "seed": 1}
    some = fine_tune(make_encoder(), TRAIN, TEST, rows=rows, **settings)
    settings["views"] = unchanged()
    alone = fine_tune(
        make_encoder(), (images[rows], labels[rows]), TEST, **settings
    )
    assert some.settings["train"] == 15
    assert some == alone
    # The images left out may be those to test on.
    rest = np.setdiff1d(np.arange(48), rows)
    settings["views"] = unchanged()
    fine_tune(
        make_encoder(),
        TRAIN,
        (images[rest], labels[rest]),
        rows=rows,
        **settings,
    )


def test_default_views_and_the_head_of_a_method():
    images, labels = next(iter(kc.data.shapes(40, 40, labels=True)))
    encoder = keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            keras.layers.Conv2D(4, 3, strides=8),
            keras.layers.BatchNormalization(),
            keras.layers.GlobalAveragePooling2D(),
        ]
    )
    head = kc.layers.ProjectionHead(3, num_layers=3, hidden_units=5)
    head.build((None, 4))
    before = head.get_weights()
    report = fine_tune(
        encoder,
        (images[:24], labels[:24]),
        (images[24:], labels[24:]),
        head=head.first(1),
        epochs=1,
        batch_size=8,
    )
    assert report.settings["learning_rate"] == 0.05 * 8 / 256
    assert report.model.layers[-2].kernel.shape[0] == 5
    for old, new in zip(before, head.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    assert 0 <= report.accuracy <= 1


@pytest.mark.filterwarnings("error::UserWarning")
def test_few_labels_are_trained_on_for_enough_steps(monkeypatch):
    module = sys.modules[fine_tune.__module__]
    monkeypatch.setattr(module, "MIN_STEPS", 70)
    settings = {"views": unchanged(), "learning_rate": 1.0}
    few = fine_tune(make_encoder(), TRAIN, TEST, batch_size=24, **settings)
    assert (few.settings["epochs"], few.settings["steps"]) == (35, 70)
    many = fine_tune(make_encoder(), TRAIN, TEST, batch_size=8, **settings)
    assert (many.settings["epochs"], many.settings["steps"]) == (30, 180)
    message = "made 2 steps.*right for ..% of.*raise `epochs` or `learning_rate"
    with pytest.warns(UserWarning, match=message):
        fine_tune(make_encoder(), TRAIN, TEST, epochs=2, views=unchanged())


def test_bad_arguments_are_named():
    images, labels = TRAIN
    encoder = make_encoder()
    two_views = kc.views.MultiView(2 * unchanged().pipelines)
    for message, kwargs in (
        ("`epochs`", {"epochs": 0}),
        ("`batch_size`", {"batch_size": 0}),
        ("`learning_rate` must be positive", {"learning_rate": 0}),
        ("`encoder_rate` must be positive.*linear_probe", {"encoder_rate": 0}),
        ("`rows` must be integers", {"rows": [0.5]}),
        ("`rows` must be integers", {"rows": []}),
        ("`rows` must be from 0 to 47", {"rows": [48]}),
        ("`views` must make one view", {"views": two_views}),
        ("`head` must be a layer that is bu", {"head": keras.layers.Dense(3)}),
    ):
        with pytest.raises(ValueError, match=message):
            fine_tune(encoder, TRAIN, TEST, **{"epochs": 1, **kwargs})
    with pytest.raises(ValueError, match="`train` must have labels"):
        fine_tune(encoder, (images, None), TEST)
    with pytest.raises(ValueError, match="`test` must have labels"):
        fine_tune(encoder, TRAIN, [TEST[0]])
    with pytest.raises(ValueError, match="`test` must hold other images"):
        fine_tune(encoder, TRAIN, TRAIN)
    with pytest.raises(ValueError, match="`train` must hold at least one"):
        fine_tune(encoder, [], TEST)
    with pytest.raises(ValueError, match="`test` must hold at least one"):
        fine_tune(encoder, TRAIN, (images[:0], labels[:0]))
    with pytest.raises(
        ValueError, match="`encoder` must be a layer that is built"
    ):
        fine_tune(keras.layers.Dense(3), TRAIN, TEST)

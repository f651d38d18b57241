import functools
import sys

import keras
import numpy as np
import pytest

from keras_contrastive.evaluation import (
    fine_tune,
    knn,
    linear_probe,
    ridge_probe,
)
from keras_contrastive.evaluation._hold_out import hold_out
from keras_contrastive.evaluation._linear_heads import (
    LinearHeads,
    train_heads,
)
from keras_contrastive.evaluation._shuffled_batches import shuffled_batches


def blobs(num_images, seed):
    """Images of one pixel with 6 channels, three classes that overlap."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, num_images)
    images = rng.normal(0.5, 0.1, (num_images, 1, 1, 6))
    images[np.arange(num_images), 0, 0, labels] += 0.15
    images[..., 5] = 0.5  # says nothing and never changes
    return images.clip(0, 1).astype("float32"), labels * 7 + 7


def slow_probe(train, labels, test, steps=4000, rate=0.5):
    """Full-batch softmax regression in float64, to convergence."""
    train, test = train[:, :5].astype("float64"), test[:, :5].astype("float64")
    mean, std = train.mean(0), train.std(0)
    train, test = (train - mean) / std, (test - mean) / std
    classes = np.unique(labels)
    targets = (labels[:, None] == classes).astype("float64")
    kernel, bias = np.zeros((5, len(classes))), np.zeros(len(classes))
    for _ in range(steps):
        logits = train @ kernel + bias
        probabilities = np.exp(logits - logits.max(1, keepdims=True))
        probabilities /= probabilities.sum(1, keepdims=True)
        error = (probabilities - targets) / len(train)
        kernel -= rate * train.T @ error
        bias -= rate * error.sum(0)
    return classes[np.argmax(test @ kernel + bias, axis=1)]


def test_agrees_with_softmax_regression():
    train, test = blobs(300, seed=1), blobs(300, seed=2)
    report = linear_probe(None, train, test, batch_size=64, learning_rate=0.1)
    pixels, labels = train[0].reshape(300, -1), train[1]
    predicted = slow_probe(pixels, labels, test[0].reshape(300, -1))
    assert report.accuracy == pytest.approx(
        np.mean(predicted == test[1]), abs=0.01
    )
    assert 0.7 < report.metrics["train_accuracy"] < 1.0


def test_repeats_for_a_seed_and_leaves_the_global_generators_alone():
    train, test = blobs(50, seed=1), blobs(200, seed=2)
    keras.utils.set_random_seed(1)
    np.random.seed(3)
    first = linear_probe(None, train, test, epochs=2, batch_size=16, seed=5)
    drawn = np.random.uniform()
    keras.utils.set_random_seed(2)
    second = linear_probe(None, train, test, epochs=2, batch_size=16, seed=5)
    assert first == second
    np.random.seed(3)
    assert drawn == np.random.uniform()


def test_settings_state_the_defaults_of_the_paper():
    data, test = blobs(600, seed=1), blobs(600, seed=2)
    settings = linear_probe(None, data, test, epochs=1).settings
    assert settings["batch_size"] == 512
    assert settings["learning_rate"] == 0.1 * 512 / 256
    assert settings["train"] == settings["test"] == 600
    assert (settings["dim"], settings["classes"]) == (6, 3)
    assert settings["weight_decay"] == 0
    small = linear_probe(None, blobs(30, seed=1), test, epochs=1).settings
    assert small["batch_size"] == 30


CANDIDATES = [(0.02, 0.0), (0.2, 0.1), (5.0, 0.0), (0.5, 0.01)]


def slow_head(features, targets, rate, decay, epochs, batch_size, seed):
    """One head in float64, by SGD with Nesterov momentum and L2."""
    num_classes = targets.max() + 1
    kernel, bias = np.zeros((features.shape[1], num_classes)), 0.0
    speed_k, speed_b = np.zeros_like(kernel), np.zeros(num_classes)
    bias = np.zeros(num_classes)
    steps = epochs * (len(features) // batch_size)
    batches = shuffled_batches(features, targets, batch_size, seed)
    for step in range(steps):
        x, y = next(batches)
        lr = rate * 0.5 * (1 + np.cos(np.pi * step / steps))
        logits = x @ kernel + bias
        p = np.exp(logits - logits.max(1, keepdims=True))
        p /= p.sum(1, keepdims=True)
        p[np.arange(len(y)), y] -= 1
        grad_k, grad_b = x.T @ p / len(x) + decay * kernel, p.mean(0)
        speed_k, speed_b = (
            0.9 * speed_k - lr * grad_k,
            0.9 * speed_b - lr * grad_b,
        )
        kernel += 0.9 * speed_k - lr * grad_k
        bias += 0.9 * speed_b - lr * grad_b
    return kernel, bias


def test_many_heads_are_heads_trained_alone():
    images, labels = blobs(96, seed=1)
    features = images.reshape(96, -1)[:, :5].astype("float64")
    features = (features - features.mean(0)) / features.std(0)
    targets = np.unique(labels, return_inverse=True)[1]
    heads = train_heads(features, targets, CANDIDATES, 3, 32, seed=4)
    for i, (rate, decay) in enumerate(CANDIDATES):
        kernel, bias = slow_head(features, targets, rate, decay, 3, 32, seed=4)
        np.testing.assert_allclose(heads.kernels[i], kernel, atol=2e-5)
        np.testing.assert_allclose(heads.biases[i], bias, atol=2e-5)
        np.testing.assert_array_equal(
            heads.predict(features)[i], np.argmax(features @ kernel + bias, 1)
        )


def test_validation_chooses_and_the_chosen_is_trained_anew():
    train, test = blobs(300, seed=1), blobs(300, seed=2)
    report = linear_probe(
        None,
        train,
        test,
        learning_rate=[1e-6, 0.05],
        weight_decay=[0.0, 100.0],
        epochs=10,
        batch_size=64,
        seed=3,
    )
    assert [(t["learning_rate"], t["weight_decay"]) for t in report.tried] == [
        (1e-6, 0.0),
        (1e-6, 100.0),
        (0.05, 0.0),
        (0.05, 100.0),
    ]
    best = max(report.tried, key=lambda each: each["validation_accuracy"])
    chosen = {
        key: report.settings[key] for key in ("learning_rate", "weight_decay")
    }
    assert chosen.items() <= best.items()
    alone = linear_probe(
        None, train, test, **chosen, epochs=10, batch_size=64, seed=3
    )
    assert alone.metrics == report.metrics
    assert alone.tried == []


def test_the_test_set_chooses_nothing():
    train, test = blobs(100, seed=1), blobs(100, seed=2)
    upset = (test[0], np.roll(test[1], 1))
    found = [
        linear_probe(None, train, each, learning_rate=[0.01, 1.0], epochs=2)
        for each in (test, upset)
    ]
    assert found[0].tried == found[1].tried
    assert found[0].settings == found[1].settings


def test_the_encoder_stays_frozen():
    encoder = keras.Sequential(
        [
            keras.Input((1, 1, 6)),
            keras.layers.Conv2D(4, 1),
            keras.layers.BatchNormalization(),
            keras.layers.GlobalAveragePooling2D(),
        ]
    )
    before = encoder.get_weights()
    linear_probe(encoder, blobs(50, seed=1), blobs(50, seed=2), epochs=2)
    for old, new in zip(before, encoder.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_a_collapsed_encoder_scores_like_a_constant():
    (train, _), (test, _) = blobs(20, seed=1), blobs(20, seed=2)
    encoder = keras.Sequential(
        [
            keras.Input((1, 1, 6)),
            keras.layers.Flatten(),
            keras.layers.Dense(3, kernel_initializer="zeros"),
        ]
    )
    labels = np.arange(20) % 2
    report = linear_probe(encoder, (train, labels), (test, labels), epochs=2)
    assert report.accuracy == 0.5


def test_bad_arguments_are_named():
    images, labels = blobs(10, seed=1)
    data, test = (images, labels), blobs(10, seed=2)
    with pytest.raises(ValueError, match="`train` must have labels"):
        linear_probe(None, (images, None), test)
    with pytest.raises(ValueError, match="`test` must have labels"):
        linear_probe(None, data, (images, None))
    for name, value in (("epochs", 1.5), ("batch_size", 0), ("seed", -1)):
        with pytest.raises(ValueError, match=f"`{name}` must be an integer"):
            linear_probe(None, data, test, **{name: value})
    for rate in (0.0, [0.1, -1.0], [], float("nan")):
        with pytest.raises(
            ValueError, match="`learning_rate` must be (pos|a finite)"
        ):
            linear_probe(None, data, test, learning_rate=rate)
    for decay in (-0.1, []):
        with pytest.raises(ValueError, match="`weight_decay` must be 0"):
            linear_probe(None, data, test, weight_decay=decay)
    with pytest.raises(ValueError, match="`learning_rate`.*diverged"):
        linear_probe(None, data, test, learning_rate=1e38, weight_decay=1.0)
    with pytest.raises(ValueError, match="`validation` must be a share"):
        linear_probe(None, data, test, validation=1.0)
    with pytest.raises(ValueError, match="`train` must hold at least 2"):
        hold_out(1, 0.2, seed=0)
    with pytest.raises(ValueError, match="`test` must hold other images"):
        linear_probe(None, data, data)


@pytest.mark.parametrize(
    "evaluate",
    [linear_probe, ridge_probe, fine_tune, functools.partial(knn, k=3)],
)
def test_bad_data_is_named_by_every_protocol(evaluate):
    (images, labels), test = blobs(30, seed=1), blobs(40, seed=2)
    encoder = keras.Sequential([keras.Input((1, 1, 6)), keras.layers.Flatten()])

    def broken(value):
        model = keras.Sequential(
            [*encoder.layers, keras.layers.Dense(2)], name="broken"
        )
        model.build((None, 1, 1, 6))
        model.set_weights([np.full((6, 2), value), np.zeros(2)])
        return model

    for message, arguments in (
        ("`test` must hold at least", (encoder, (images, labels), [])),
        (
            "`train` must be a tuple.*tuple of 1",
            (encoder, (images,), test),
        ),
        (
            "`train` must have one label for each",
            (encoder, (images, labels[1:]), test),
        ),
        (
            "labels of `train` must be one array.*'hue'",
            (encoder, [(images, {"hue": labels})], test),
        ),
        (
            "`train` must have images of at least 2 classes",
            (encoder, (images, 0 * labels), test),
        ),
        (
            "`test` must have no other classes.*8",
            (encoder, (images, labels), (test[0], test[1] + 1)),
        ),
        (
            "`test` must hold other.*30 of 30 images of `train`",
            (
                encoder,
                (images, labels),
                [(images, labels), *(blobs(99, seed=s) for s in range(3, 12))],
            ),
        ),
        (
            r"`encoder` must take images of shape \(1, 1, 5\), as the images",
            (encoder, (images[..., :5], labels), (test[0][..., :5], test[1])),
        ),
        (
            "`encoder` must give finite features",
            (broken(np.nan), (images, labels), test),
        ),
    ):
        with pytest.raises(ValueError, match=message):
            evaluate(*arguments)


def test_raw_pixels_of_other_shapes_are_named():
    (images, labels), test = blobs(30, seed=1), blobs(30, seed=2)
    with pytest.raises(ValueError, match="`test` must have images of the sh"):
        linear_probe(None, (images[..., :5], labels), test)


def test_predictions_in_chunks_are_those_at_once(monkeypatch):
    features = np.random.default_rng(0).normal(size=(10, 3))
    heads = LinearHeads(
        np.random.default_rng(1).normal(size=(2, 3, 4)), np.zeros((2, 4))
    )
    expected = (features @ heads.kernels).argmax(axis=-1)
    module = sys.modules[train_heads.__module__]
    monkeypatch.setattr(module, "CHUNK", 30)  # three rows
    np.testing.assert_array_equal(heads.predict(features), expected)


def test_a_head_that_diverged_is_not_chosen():
    """Its NaN would name the first class, here nearly always right."""
    images, _ = blobs(60, seed=1)
    labels = np.arange(60) % 10 == 9
    report = linear_probe(
        None,
        (images, labels.astype("int32")),
        (blobs(40, seed=2)[0], (np.arange(40) % 10 == 9).astype("int32")),
        learning_rate=[1e38, 0.1],
        weight_decay=1.0,
    )
    assert report.settings["learning_rate"] == 0.1
    assert report.tried[0]["validation_accuracy"] == 0

import keras
import numpy as np
import pytest

from keras_contrastive.evaluation import linear_probe


def blobs(num_images, seed):
    """Images of one pixel with 6 channels, three classes that overlap."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, num_images)
    images = rng.normal(0.5, 0.1, (num_images, 1, 1, 6))
    images[np.arange(num_images), 0, 0, labels] += 0.15
    images[..., 5] = 0.5  # says nothing and never changes
    return images.clip(0, 1).astype("float32"), labels * 7 - 7


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
    data = blobs(600, seed=1)
    settings = linear_probe(None, data, data, epochs=1).settings
    assert settings["batch_size"] == 512
    assert settings["learning_rate"] == 0.1 * 512 / 256
    assert settings["train"] == settings["test"] == 600
    assert (settings["dim"], settings["classes"]) == (6, 3)
    small = linear_probe(None, blobs(30, seed=1), data, epochs=1).settings
    assert small["batch_size"] == 30


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
    images = np.full((20, 1, 1, 6), 128, "uint8")
    labels = np.arange(20) % 2
    report = linear_probe(None, (images, labels), (images, labels), epochs=2)
    assert report.accuracy == 0.5


def test_bad_arguments_are_named():
    images, labels = blobs(10, seed=1)
    data = (images, labels)
    with pytest.raises(ValueError, match="`train` must have labels"):
        linear_probe(None, (images, None), data)
    with pytest.raises(ValueError, match="`test` must have labels"):
        linear_probe(None, data, (images, None))
    with pytest.raises(ValueError, match="`epochs` and `batch_size`"):
        linear_probe(None, data, data, epochs=0)
    with pytest.raises(ValueError, match="`learning_rate` must be positive"):
        linear_probe(None, data, data, learning_rate=0.0)

import numpy as np
import pytest

from keras_contrastive.evaluation import ridge_probe
from tests.evaluation.test_linear_probe import blobs


def slow_ridge(train, labels, test, penalty):
    """One-hot least squares on standardized features, by normal equations."""
    mean, std = train.mean(0), train.std(0)
    std[std < 1e-6] = np.inf
    x, z = (train - mean) / std, (test - mean) / std
    classes = np.unique(labels)
    y = (labels[:, None] == classes).astype("float64")
    offset = y.mean(0)
    gram = x.T @ x + len(x) * penalty * np.eye(x.shape[1])
    kernel = np.linalg.solve(gram, x.T @ (y - offset))
    return classes[np.argmax(z @ kernel + offset, axis=1)]


def test_equals_the_normal_equations():
    train, test = blobs(300, seed=1), blobs(300, seed=2)
    pixels = [
        images.reshape(300, -1).astype("float64") for images, _ in (train, test)
    ]
    for penalty in (1e-3, 0.3, 30.0):
        report = ridge_probe(None, train, test, penalties=[penalty])
        predicted = slow_ridge(pixels[0], train[1], pixels[1], penalty)
        assert report.accuracy == np.mean(predicted == test[1])
        assert report.settings["penalty"] == penalty


def test_chooses_the_penalty_on_the_training_set():
    rng = np.random.default_rng(0)
    train, test = blobs(120, seed=1), blobs(300, seed=2)
    # Ninety pixels of noise on 120 images: little penalty learns them.
    train, test = [
        (
            np.concatenate(
                [x, rng.uniform(size=(len(x), 1, 1, 90))], axis=3
            ).astype("float32"),
            y,
        )
        for x, y in (train, test)
    ]
    report = ridge_probe(None, train, test)
    assert len(report.tried) == 45
    best = max(report.tried, key=lambda each: each["validation_accuracy"])
    assert report.settings["penalty"] == best["penalty"]
    loose = ridge_probe(None, train, test, penalties=[1e-6])
    assert report.accuracy > loose.accuracy + 0.05
    upset = ridge_probe(None, train, (test[0], np.roll(test[1], 1)))
    assert upset.tried == report.tried


def test_bad_arguments_are_named():
    train, test = blobs(10, seed=1), blobs(10, seed=2)
    for penalties in (0.0, [], [1.0, -1.0], [[1.0]]):
        with pytest.raises(
            ValueError, match="`penalties` must be (positive|a list)"
        ):
            ridge_probe(None, train, test, penalties=penalties)
    with pytest.raises(ValueError, match="`validation` must be a share"):
        ridge_probe(None, train, test, validation=0.0)
    with pytest.raises(ValueError, match="`train`.*`labels=True` makes"):
        ridge_probe(None, (train[0], None), test)
    with pytest.raises(ValueError, match="`test` must hold other images"):
        ridge_probe(None, train, train)

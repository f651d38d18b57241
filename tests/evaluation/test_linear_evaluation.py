import keras
import numpy as np
import pytest

import keras_contrastive as kc
from keras_contrastive.evaluation import linear_evaluation
from tests.evaluation.test_fine_tune import TEST, TRAIN, make_encoder, unchanged


def with_batch_norm():
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            keras.Input((6, 6, 3)),
            keras.layers.Conv2D(4, 3),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.5),
            keras.layers.GlobalAveragePooling2D(),
        ]
    )


def colored(count, size, seed):
    """Images whose class is their brightest channel."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, count)
    images = rng.integers(0, 120, (count, size, size, 3))
    images[np.arange(count), :, :, labels] += 100
    return images.astype("uint8"), labels


def slow_classifier(features, labels, orders, rate, batch, classes):
    """SGD with Nesterov momentum and a cosine, in float64."""
    kernel, bias = np.zeros((features.shape[1], classes)), np.zeros(classes)
    weights, speeds = [kernel, bias], [0.0, 0.0]
    batches = [o[i : i + batch] for o in orders for i in range(0, 48, batch)]
    for step, rows in enumerate(batches):
        x, y = features[rows], labels[rows]
        lr = rate * 0.5 * (1 + np.cos(np.pi * step / len(batches)))
        logits = x @ weights[0] + weights[1]
        p = np.exp(logits - logits.max(1, keepdims=True))
        p /= p.sum(1, keepdims=True)
        p[np.arange(len(rows)), y] -= 1
        p /= len(rows)
        for i, gradient in enumerate((x.T @ p, p.sum(0))):
            speeds[i] = 0.9 * speeds[i] - lr * gradient
            weights[i] = weights[i] + 0.9 * speeds[i] - lr * gradient
    return weights


@pytest.mark.parametrize("as_batches", [False, True])
def test_equals_sgd_by_hand(as_batches):
    encoder = make_encoder()
    train = TRAIN
    if as_batches:  # of another size and order, which do not matter
        train = kc.data.from_arrays(*TRAIN, batch_size=5)
    report = linear_evaluation(
        encoder, train, TEST, views=unchanged(), epochs=2, batch_size=16, seed=3
    )
    orders = kc.data.from_arrays(
        *TRAIN, batch_size=16, shuffle=True, seed=3
    ).order
    kernel = encoder.get_weights()[0].astype("float64")
    features = TRAIN[0].reshape(48, 6) @ kernel
    readout, bias = slow_classifier(
        features, TRAIN[1], [orders(0), orders(1)], 0.1 * 16 / 256, 16, 22
    )
    logits = TEST[0].reshape(60, 6) @ kernel @ readout + bias
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    found = report.model.predict(TEST[0], verbose=0)
    np.testing.assert_allclose(found, shares, atol=1e-5)
    assert report.accuracy == (logits.argmax(axis=1) == TEST[1]).mean()
    assert report.settings["steps"] == 6


def test_learns_and_the_encoder_stays_as_it_is(tmp_path):
    encoder = with_batch_norm()
    before = encoder.get_weights()
    test = colored(30, 8, seed=2)
    report = linear_evaluation(
        encoder,
        colored(96, 8, seed=1),
        test,
        epochs=20,
        batch_size=32,
        optimizer=keras.optimizers.SGD(2.0, momentum=0.9),
    )
    for found, expected in zip(encoder.get_weights(), before, strict=True):
        np.testing.assert_array_equal(found, expected)
    assert encoder.trainable
    assert report.accuracy > 0.9 and report.metrics["train_accuracy"] > 0.8
    # Also of the copy, which makes the features of the middle of a picture.
    np.testing.assert_array_equal(
        report.model.get_layer(encoder.name).get_weights()[0], before[0]
    )
    classifier = keras.models.Sequential(report.model.layers[-2:])
    features = encoder(test[0][:, 1:7, 1:7] / np.float32(255))
    expected = keras.ops.convert_to_numpy(classifier(features))
    found = report.model.predict(test[0], verbose=0)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    report.model.save(tmp_path / "classifier.keras")
    loaded = keras.saving.load_model(tmp_path / "classifier.keras")
    np.testing.assert_array_equal(loaded.predict(test[0], verbose=0), found)


@pytest.mark.parametrize("smallest", [1.0, 0.08])
def test_every_epoch_sees_other_crops_in_inference_mode(smallest):
    images = colored(9, 8, seed=1)
    assert len(np.unique(images[1])) == 3
    crop = kc.views.RandomResizedCrop(
        6, scale=(smallest, 1), ratio=(1, 1), flip=0
    )

    def kernel(epochs):
        report = linear_evaluation(
            with_batch_norm(),
            images,
            colored(9, 8, seed=2),
            views=kc.views.MultiView([kc.views.Pipeline([crop])], seed=0),
            epochs=epochs,
            optimizer=keras.optimizers.SGD(1e-4),
        )
        return report.model.get_weights()[-2]

    # As small steps add up, the same features double the first step.
    once, twice = kernel(1), kernel(2)
    difference = np.abs(twice - 2 * once).max() / np.abs(once).max()
    assert difference < 1e-3 if smallest == 1 else difference > 0.01


def test_arguments_are_checked():
    encoder = make_encoder()
    images, labels = TRAIN
    for train in (
        images,
        iter([TRAIN]),
        kc.data.from_arrays(images, batch_size=4),
    ):
        with pytest.raises(ValueError, match="`train` must be labeled"):
            linear_evaluation(encoder, train, TEST)
    some = np.where(np.arange(48) == 3, -1, labels)
    with pytest.raises(ValueError, match="`train` must have a label for every"):
        linear_evaluation(encoder, (images, some), TEST)
    with pytest.raises(ValueError, match="`epochs`"):
        linear_evaluation(encoder, TRAIN, TEST, epochs=0)
    two = kc.views.simclr(1, blur=False, channels=6)
    with pytest.raises(ValueError, match="`views` must make one view"):
        linear_evaluation(encoder, TRAIN, TEST, views=two)
    wild = keras.optimizers.SGD(1e38, momentum=0.9)
    with pytest.raises(ValueError, match="`optimizer` .*diverged"):
        linear_evaluation(
            encoder, TRAIN, TEST, views=unchanged(), epochs=40, optimizer=wild
        )

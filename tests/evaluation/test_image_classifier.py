import functools
import pickle

import keras
import numpy as np
import pytest

import keras_contrastive as kc
from keras_contrastive.evaluation import (
    fine_tune,
    knn,
    linear_probe,
    ridge_probe,
)

pytestmark = pytest.mark.filterwarnings("ignore:`fine_tune` made")
PROTOCOLS = {
    "linear": functools.partial(
        linear_probe, epochs=20, learning_rate=[0.01, 0.5]
    ),
    "ridge": ridge_probe,
    "knn": functools.partial(knn, k=5),
    "fine_tune": functools.partial(fine_tune, epochs=40, learning_rate=0.05),
}


def images_of(num_images, seed):
    """uint8 images whose upper half is darker in two of three classes."""
    rng = np.random.default_rng(seed)
    labels = np.arange(num_images) % 3
    images = rng.integers(0, 256, (num_images, 8, 8, 3))
    images[:, :4] //= 1 + 2 * labels[:, None, None, None]
    images[0] //= 60  # a dark image is an image in 0..255 all the same
    return images.astype("uint8"), labels


TRAIN, TEST = images_of(60, seed=0), images_of(45, seed=1)


def make_encoder():
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            keras.layers.AveragePooling2D(4),
            keras.layers.Dense(3, kernel_initializer="identity"),
            keras.layers.BatchNormalization(momentum=0.5),
            keras.layers.Flatten(),
        ]
    )


@pytest.mark.parametrize("name", PROTOCOLS)
def test_classifies_as_was_reported(name):
    encoder = make_encoder()
    report = PROTOCOLS[name](encoder, TRAIN, TEST)
    assert report.accuracy > 0.5  # chance is a third
    # The training goes on, the classifier stays.
    encoder.set_weights([weight + 1 for weight in encoder.get_weights()])
    shares = report.model.predict(TEST[0], verbose=0)
    assert shares.shape == (45, 3) and shares.dtype == "float32"
    assert shares.min() >= 0
    np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(shares.argmax(axis=1), report.predictions)
    floats = TEST[0] / np.float32(255)
    again = report.model.predict(floats, verbose=0)
    np.testing.assert_allclose(again, shares, atol=1e-5)
    assert report.model is report.model


@pytest.mark.parametrize("name", ["linear", "ridge", "knn"])
def test_classifies_by_an_encoder_of_uint8(name, tmp_path):
    path = tmp_path / "encoder.keras"
    kc.export.export_encoder(make_encoder(), path)
    encoder = keras.saving.load_model(path)
    report = PROTOCOLS[name](encoder, TRAIN, TEST)
    assert report.accuracy > 0.5
    for images in (TEST[0], TEST[0] / np.float32(255)):
        found = report.model.predict(images, verbose=0).argmax(axis=1)
        np.testing.assert_array_equal(found, report.predictions)


def test_takes_the_size_that_was_learned_from():
    encoder = keras.Sequential(
        [
            keras.Input((None, None, 3)),
            keras.layers.Conv2D(4, 3),
            keras.layers.GlobalAveragePooling2D(),
        ]
    )
    assert ridge_probe(encoder, TRAIN, TEST).model.input_shape[1:3] == (8, 8)


@pytest.mark.parametrize("name", PROTOCOLS)
def test_a_report_can_be_pickled(name):
    protocol = functools.partial(fine_tune, epochs=1)
    if name != "fine_tune":
        protocol = PROTOCOLS[name]
    report = protocol(make_encoder(), TRAIN, TEST)
    again = pickle.loads(pickle.dumps(report))
    assert again == report
    found = again.model.predict(TEST[0], verbose=0).argmax(axis=1)
    np.testing.assert_array_equal(found, report.predictions)


@pytest.mark.parametrize("name", ["linear", "ridge", "knn"])
def test_classifies_raw_pixels(name):
    report = PROTOCOLS[name](None, TRAIN, TEST)
    found = report.model.predict(TEST[0], verbose=0).argmax(axis=1)
    np.testing.assert_array_equal(found, report.predictions)


@pytest.mark.parametrize("name", PROTOCOLS)
def test_outputs_are_in_the_order_of_the_names(name):
    names = ["ant", "bee", "cat", "dog", "eel"]
    labels = np.array([4, 0, 2])
    sets = [
        kc.data.from_arrays(images, labels[which], batch_size=30)
        for images, which in (TRAIN, TEST)
    ]
    for each in sets:
        each.class_names = names
    report = PROTOCOLS[name](make_encoder(), *sets)
    assert report.class_names == names
    shares = report.model.predict(TEST[0], verbose=0)
    assert shares.shape == (45, 5)
    assert shares[:, [1, 3]].max() == 0
    np.testing.assert_array_equal(shares.argmax(axis=1), report.predictions)
    assert report.accuracy > 0.5


def test_votes_are_shares():
    report = knn(None, TRAIN, TEST, k=3, temperature=0.5)
    shares = report.model.predict(TEST[0], verbose=0)
    for query, found in zip(unit(TEST[0]), shares, strict=True):
        cosines = unit(TRAIN[0]) @ query
        nearest = np.argsort(-cosines)[:3]
        weights = np.exp(cosines[nearest] / 0.5)
        votes = np.bincount(TRAIN[1][nearest], weights, minlength=3)
        np.testing.assert_allclose(found, votes / votes.sum(), atol=1e-5)


def unit(images):
    pixels = images.reshape(len(images), -1) / 255
    return pixels / np.linalg.norm(pixels, axis=1, keepdims=True)


def test_ridge_scores_become_shares():
    """The scores of least squares add up to 1; those below 0 count as 0."""
    report = ridge_probe(None, TRAIN, TEST, penalties=[0.1])
    x, z = (each[0].reshape(len(each[0]), -1) / 255 for each in (TRAIN, TEST))
    mean, std = x.mean(axis=0), x.std(axis=0)
    x, z = (x - mean) / std, (z - mean) / std
    y = np.eye(3)[TRAIN[1]]
    gram = x.T @ x + len(x) * 0.1 * np.eye(x.shape[1])
    scores = z @ np.linalg.solve(gram, x.T @ (y - y.mean(axis=0)))
    scores += y.mean(axis=0)
    assert scores.min() < 0
    expected = scores.clip(0)
    expected /= expected.sum(axis=1, keepdims=True)
    found = report.model.predict(TEST[0], verbose=0)
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_of_features_far_from_zero():
    """Folded into the bias, a mean of 10,000 deviations rounds the rest off."""
    far = keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            keras.layers.AveragePooling2D(4),
            keras.layers.Flatten(),
            keras.layers.Rescaling(1.0, offset=3000.0),
        ]
    )
    for name in ("linear", "ridge"):
        report = PROTOCOLS[name](far, TRAIN, TEST)
        found = report.model.predict(TEST[0], verbose=0).argmax(axis=1)
        np.testing.assert_array_equal(found, report.predictions)


def test_any_encoder_that_can_be_made_again():
    class Unregistered(keras.Model):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.flatten = keras.layers.Flatten()

        def call(self, images):
            return self.flatten(images)

    report = ridge_probe(Unregistered(), TRAIN, TEST)
    pixels = ridge_probe(None, TRAIN, TEST)
    np.testing.assert_array_equal(
        report.model.predict(TEST[0], verbose=0),
        pixels.model.predict(TEST[0], verbose=0),
    )


def test_an_encoder_that_takes_uint8():
    """As `export_encoder` writes it."""
    encoder = make_encoder()
    images = keras.Input((8, 8, 3), dtype="uint8")
    scaled = keras.layers.Rescaling(1 / 255, dtype="float32")(images)
    exported = keras.Model(images, encoder(scaled))
    expected = ridge_probe(encoder, TRAIN, TEST).model.predict(
        TEST[0], verbose=0
    )
    model = ridge_probe(exported, TRAIN, TEST).model
    for given in (TEST[0], TEST[0] / np.float32(255)):
        found = model.predict(given, verbose=0)
        np.testing.assert_allclose(found, expected, atol=1e-4)


def test_an_encoder_that_cannot_is_probed_all_the_same():
    class Fixed(keras.Model):
        def __init__(self):
            super().__init__()
            self.flatten = keras.layers.Flatten()

        def call(self, images):
            return self.flatten(images)

    report = ridge_probe(Fixed(), TRAIN, TEST)
    assert report.accuracy == ridge_probe(None, TRAIN, TEST).accuracy
    with pytest.raises(ValueError, match="`encoder` must be made again"):
        report.model  # noqa: B018


def test_several_k_choose_no_classifier():
    assert knn(None, TRAIN, TEST, k=[1, 5]).model is None


@pytest.mark.backends("tensorflow")
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_exports(tmp_path):
    tf = pytest.importorskip("tensorflow")
    onnx = pytest.importorskip("onnxruntime")
    for name in ("ridge", "knn"):
        model = PROTOCOLS[name](make_encoder(), TRAIN, TEST).model
        images = TEST[0].astype("float32")
        path = str(tmp_path / f"{name}.onnx")
        model.export(path, format="onnx", verbose=False)
        (found,) = onnx.InferenceSession(path).run(None, {"images": images})
        expected = model.predict(TEST[0], verbose=0)
        np.testing.assert_allclose(found, expected, atol=1e-5)
        folder = str(tmp_path / name)
        model.export(folder, format="tf_saved_model", verbose=False)
        loaded = tf.saved_model.load(folder)
        np.testing.assert_allclose(loaded.serve(images), expected, atol=1e-5)
        kc.export.export_encoder(model, tmp_path / f"{name}_uint8.onnx")

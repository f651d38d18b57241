import sys

import keras
import numpy as np
import pytest

import keras_contrastive as kc
from keras_contrastive.export import export_encoder

IMAGES = np.random.default_rng(1).integers(0, 256, (3, 16, 16, 3), "uint8")


@pytest.fixture(scope="module")
def encoder():
    return kc.encoders.ResNet18((16, 16, 3), width=4)


def features(encoder):
    return encoder.predict(IMAGES / np.float32(255), verbose=0)


def test_a_keras_file_takes_images_as_they_are(encoder, tmp_path):
    path = tmp_path / "deep" / "encoder.keras"
    assert export_encoder(encoder, path) < 1e-5
    loaded = keras.saving.load_model(path)
    found = loaded.predict(IMAGES, verbose=0)
    np.testing.assert_allclose(found, features(encoder), rtol=1e-4, atol=1e-6)


def exported(encoder, path):
    """The error of the export, which a JAX of another year may not allow."""
    try:
        return export_encoder(encoder, path)
    except RuntimeError as error:
        if keras.backend.backend() == "jax" and "of this JAX" in str(error):
            pytest.skip(str(error))
        raise


@pytest.mark.skipif(
    keras.backend.backend() == "torch", reason="Keras needs TensorFlow or JAX"
)
def test_a_saved_model_takes_images_as_they_are(encoder, tmp_path):
    tf = pytest.importorskip("tensorflow")
    # Over one that is there.
    (tmp_path / "encoder").mkdir()
    (tmp_path / "encoder/saved_model.pb").write_bytes(b"old")
    assert exported(encoder, tmp_path / "encoder") < 1e-4
    loaded = tf.saved_model.load(tmp_path / "encoder")
    for count in (3, 1):
        images, expected = IMAGES[:count], features(encoder)[:count]
        by_name = loaded.signatures["serving_default"](
            images=tf.constant(images)
        )
        for found in (loaded.serve(images), by_name["features"]):
            np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-5)


# tf2onnx asks NumPy for names that it no longer has; torch traces Keras.
@pytest.mark.backends("tensorflow", "torch")
@pytest.mark.filterwarnings("ignore")
def test_onnx_takes_images_as_they_are(encoder, tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime")
    path = tmp_path / "encoder.onnx"
    if keras.backend.backend() == "torch" and keras.__version__ < "3.14":
        with pytest.raises(ValueError, match="needs Keras 3.14"):
            export_encoder(encoder, path)
        return
    assert export_encoder(encoder, path) < 1e-4
    session = onnxruntime.InferenceSession(path)
    for count in (3, 1):
        images, expected = IMAGES[:count], features(encoder)[:count]
        (found,) = session.run(["features"], {"images": images})
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-5)


def test_a_wrong_file_is_an_error(encoder, tmp_path, monkeypatch):
    module = sys.modules[export_encoder.__module__]

    def spoil(model, path):
        spoilt = keras.models.clone_model(model)
        spoilt.save(path)

    monkeypatch.setattr(module, "write_keras", spoil)
    path = tmp_path / "encoder.keras"
    path.write_text("what was there before")
    with pytest.raises(RuntimeError, match="would differ from the encoder"):
        export_encoder(encoder, path)
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_text() == "what was there before"


@pytest.mark.parametrize("name, backend", [("e.onnx", "jax"), ("e", "torch")])
def test_a_backend_that_cannot_write_is_named(
    name, backend, encoder, tmp_path, monkeypatch
):
    monkeypatch.setattr(keras.backend, "backend", lambda: backend)
    with pytest.raises(ValueError, match="written on .*KERAS_BACKEND=tensorf"):
        export_encoder(encoder, tmp_path / name)


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="written on TensorFlow"
)
def test_bfloat16_is_not_written_as_onnx(tmp_path):
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        encoder = kc.encoders.ResNet18((16, 16, 3), width=4)
    finally:
        keras.config.set_dtype_policy("float32")
    with pytest.raises(ValueError, match="must not compute in bfloat16"):
        export_encoder(encoder, tmp_path / "encoder.onnx")


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="written on TensorFlow"
)
def test_missing_packages_are_named(encoder, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ImportError, match=r"keras-contrastive\[onnx\]"):
        export_encoder(encoder, tmp_path / "encoder.onnx")


OPEN = {
    "tensorflow": ("e.keras", "e.onnx", "e"),
    "jax": ("e.keras", "e"),
    "torch": ("e.keras",),
}


@pytest.mark.filterwarnings("ignore:In the future:FutureWarning")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_open_sides_take_images_of_any_size(tmp_path):
    """They are written, read and compared on two sizes."""
    layers = [
        keras.layers.Conv2D(4, 3, strides=2, padding="same"),
        keras.layers.BatchNormalization(),
        keras.layers.GlobalAveragePooling2D(),
    ]
    encoder = keras.Sequential([keras.Input((None, None, 3)), *layers])
    for name in OPEN[keras.backend.backend()]:
        if name == "e.onnx":
            pytest.importorskip("onnxruntime")
        assert exported(encoder, tmp_path / name) < 1e-4


@pytest.mark.backends("torch")
def test_open_sides_are_no_onnx_on_torch(tmp_path):
    encoder = kc.encoders.ResNet18((None, None, 3), width=2)
    with pytest.raises(ValueError, match="images of any size is written on te"):
        export_encoder(encoder, tmp_path / "e.onnx")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "name", ["e.h5", "e.hdf5", "e.onnx.gz", "e.KERAS", "e.", "", None, "."]
)
def test_other_endings_are_named(name, encoder, tmp_path, monkeypatch):
    (tmp_path / "notes").touch()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="`path` .*Received: path="):
        export_encoder(encoder, name)
    assert [path.name for path in tmp_path.iterdir()] == ["notes"]


def test_a_path_as_in_a_shell(encoder, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    export_encoder(encoder, "~/new/.keras")
    assert (tmp_path / "new/.keras").is_file()
    (tmp_path / "folder.keras").mkdir()
    with pytest.raises(ValueError, match="`path` ends in '.keras', which is a"):
        export_encoder(encoder, "~/folder.keras")
    for there in ("new", "new/.keras/.."):
        with pytest.raises(ValueError, match="`path` .* would be lost"):
            export_encoder(encoder, tmp_path / there)


def test_half_precision_scales_in_single(tmp_path):
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        encoder = kc.encoders.ResNet18((16, 16, 3), width=4)
        assert export_encoder(encoder, tmp_path / "encoder.keras") < 1e-5
    finally:
        keras.config.set_dtype_policy("float32")


def test_bad_encoders_are_named(encoder, tmp_path):
    path = tmp_path / "encoder.keras"
    with pytest.raises(ValueError, match="`encoder` must be a functional"):
        export_encoder(keras.Sequential([keras.layers.Flatten()]), path)
    gray = keras.Sequential([keras.Input((8, 8)), keras.layers.Flatten()])
    with pytest.raises(ValueError, match="`encoder` must take images"):
        export_encoder(gray, path)
    two = keras.Model(encoder.input, [encoder.output, encoder.output])
    with pytest.raises(ValueError, match="must return one tensor.*2 outputs"):
        export_encoder(two, path)


def test_a_collapsed_encoder_is_written(tmp_path):
    zeros = keras.layers.Dense(2, kernel_initializer="zeros")
    encoder = keras.Sequential(
        [keras.Input((4, 4, 3)), keras.layers.Flatten(), zeros]
    )
    assert export_encoder(encoder, tmp_path / "encoder.keras") == 0

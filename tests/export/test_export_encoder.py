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


@pytest.mark.skipif(
    keras.backend.backend() == "torch", reason="Keras needs TensorFlow or JAX"
)
def test_a_saved_model_takes_images_as_they_are(encoder, tmp_path):
    tf = pytest.importorskip("tensorflow")
    assert export_encoder(encoder, tmp_path / "encoder") < 1e-4
    # Once more, over what is there.
    export_encoder(encoder, tmp_path / "encoder")
    loaded = tf.saved_model.load(tmp_path / "encoder")
    found = loaded.serve(IMAGES).numpy()
    np.testing.assert_allclose(found, features(encoder), rtol=1e-3, atol=1e-5)


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="written on TensorFlow"
)
# tf2onnx asks NumPy for names that it no longer has.
@pytest.mark.filterwarnings("ignore:In the future:FutureWarning")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_onnx_takes_images_as_they_are(encoder, tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime")
    path = tmp_path / "encoder.onnx"
    assert export_encoder(encoder, path) < 1e-4
    session = onnxruntime.InferenceSession(path)
    name = session.get_inputs()[0].name
    (found,) = session.run(None, {name: IMAGES})
    np.testing.assert_allclose(found, features(encoder), rtol=1e-3, atol=1e-5)


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


def test_open_sides_are_an_error(tmp_path):
    encoder = kc.encoders.ResNet18((None, None, 3), width=4)
    with pytest.raises(ValueError, match="images of one shape"):
        export_encoder(encoder, tmp_path / "encoder.keras")


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
    two = keras.Model(encoder.input, [encoder.output, encoder.output])
    with pytest.raises(ValueError, match="one input and one output"):
        export_encoder(two, path)


def test_a_collapsed_encoder_is_written(tmp_path):
    zeros = keras.layers.Dense(2, kernel_initializer="zeros")
    encoder = keras.Sequential(
        [keras.Input((4, 4, 3)), keras.layers.Flatten(), zeros]
    )
    assert export_encoder(encoder, tmp_path / "encoder.keras") == 0

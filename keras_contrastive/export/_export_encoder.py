import os
import pathlib
import shutil
import tempfile

import keras
import numpy as np

from keras_contrastive._import_extra import import_extra
from keras_contrastive._keras_internals import layers_of

TOLERANCE = 1e-3


def export_encoder(encoder: keras.Model, path: str | os.PathLike) -> float:
    """Writes the encoder with its preprocessing: uint8 images in, features out.

    What is written divides by 255 first, so that it takes images as they come
    from a file. It is read again and compared with the encoder on random
    images before it takes its place at `path`. A `.keras` file needs Keras
    alone to load.

    Args:
        encoder: Built `keras.Model`, float images in 0..1 to features.
        path: Where to write. Ends in `.keras` for a Keras model, in `.onnx`
            for ONNX (on TensorFlow, with the extra: `pip install
            "keras-contrastive[onnx]"`), otherwise a folder for a SavedModel
            (on TensorFlow or JAX).

    Returns:
        Float, the largest difference to the encoder's features on 8 images,
        as a share of the largest feature.

    Raises:
        ValueError: If the encoder has no fixed image shape, the backend
            cannot write the format, or it is ONNX and the encoder computes
            in bfloat16.
        RuntimeError: If what was written gives other features.
        ImportError: If a package that the format needs is missing.

    Example:

    >>> kc.export.export_encoder(model.encoder, "encoder.onnx")
    """
    path = pathlib.Path(path)
    if not getattr(encoder, "inputs", None):
        raise ValueError(
            "`encoder` must be a functional or `Sequential` model that is "
            f"built. Received: {encoder}"
        )
    if len(encoder.inputs) > 1 or len(encoder.outputs) > 1:
        raise ValueError(
            "`encoder` must have one input and one output. Received: "
            f"{len(encoder.inputs)} inputs, {len(encoder.outputs)} outputs"
        )
    shape = encoder.input_shape[1:]
    if None in shape:
        raise ValueError(
            "`encoder` must take images of one shape, for example "
            f"`ResNet18((32, 32, 3))`. Received: input shape {shape}"
        )
    images = keras.Input(shape, dtype="uint8", name="images")
    scaled = keras.layers.Rescaling(1 / 255, dtype="float32")(images)
    whole = keras.Model(images, encoder(scaled, training=False))
    probe = np.random.default_rng(0).integers(0, 256, (8, *shape), "uint8")
    expected = encoder.predict(probe / np.float32(255), verbose=0)
    whole(probe[:1])  # Keras exports what has been called
    path.parent.mkdir(parents=True, exist_ok=True)
    write, read = {
        ".keras": (write_keras, read_keras),
        ".onnx": (write_onnx, read_onnx),
    }.get(path.suffix, (write_saved_model, read_saved_model))
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        written = pathlib.Path(folder) / path.name
        write(whole, written)
        found = read(written, probe)
        largest = np.abs(expected).max() or 1.0
        error = float(np.abs(found - expected).max() / largest)
        if not error < TOLERANCE:
            raise RuntimeError(
                f"{path} was not written: it would differ from the encoder by "
                f"{error}, as a share of the largest feature; allowed is "
                f"{TOLERANCE}."
            )
        if written.is_dir():
            shutil.copytree(written, path, dirs_exist_ok=True)
        else:
            written.replace(path)
    return error


def write_keras(model, path):
    model.save(path)


def read_keras(path, images):
    return keras.saving.load_model(path).predict(images, verbose=0)


def write_saved_model(model, path):
    check_backend("A SavedModel", ("tensorflow", "jax"))
    import_extra("tensorflow", "tensorflow", "A SavedModel")
    model.export(path, verbose=False)


def read_saved_model(path, images):
    import tensorflow as tf

    loaded = tf.saved_model.load(path)
    return loaded.serve(images).numpy()


def write_onnx(model, path):
    check_backend("ONNX", ("tensorflow",))
    if any(layer.compute_dtype == "bfloat16" for layer in layers_of(model)):
        raise ValueError(
            "`encoder` must not compute in bfloat16, in which ONNX has no "
            "convolution: make it anew in float32, and call "
            "`set_weights(encoder.get_weights())` of it. "
            "Received: layers in bfloat16"
        )
    for name in ("onnx", "tf2onnx", "onnxruntime"):
        import_extra(name, "onnx", "An ONNX file")
    model.export(path, format="onnx", verbose=False)


def read_onnx(path, images):
    import onnxruntime

    session = onnxruntime.InferenceSession(path)
    name = session.get_inputs()[0].name
    (features,) = session.run(None, {name: images})
    return features


def check_backend(format, backends):
    if keras.backend.backend() not in backends:
        raise ValueError(
            f"{format} is written on {' or '.join(backends)}: save the encoder "
            'as a ".keras" file, load it in a new process with '
            f"KERAS_BACKEND={backends[0]}, and export it there. Received: "
            f"backend {keras.backend.backend()}"
        )

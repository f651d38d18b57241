import os
import pathlib

import keras
import numpy as np

from keras_contrastive._check_encoder import (
    check_input_of,
    check_one_output,
    check_pixels,
)
from keras_contrastive._checked import checked
from keras_contrastive._import_extra import import_extra
from keras_contrastive._keras_internals import layers_of
from keras_contrastive._replacing import replacing

TOLERANCE = 1e-3
# Sides of the images that open encoders are compared on.
SIDES = ((64, 96), (96, 64))


@checked
def export_encoder(encoder: keras.Model, path: str | os.PathLike) -> float:
    """Writes the encoder with its preprocessing: uint8 images in, features out.

    What is written divides by 255 first, so that it takes images as they come
    from a file, any number at a time. Input and output are called `images` and
    `features` in ONNX and in the signature of a SavedModel. It is read again
    and compared with the encoder on random images before it takes its place at
    `path`. A `.keras` file needs Keras alone to load.

    Args:
        encoder: Built `keras.Model`, float images in 0..1 to features. Height
            and width may be open, `(None, None, 3)`, unless it is ONNX on
            torch; what is written takes images of any size then.
        path: Where to write. Ends in `.keras` for a Keras model or in `.onnx`
            for ONNX (on TensorFlow or torch, with the extra: `pip install
            "keras-contrastive[onnx]"`). Without an ending it is the folder of
            a SavedModel (on TensorFlow or JAX). A `~` is the home folder; a
            folder that is missing is made; a file, or a SavedModel, that is
            there is replaced, and stays whole where the disk is full or the
            process is killed.

    Returns:
        Float, the largest difference to the encoder's features on 8 images,
        as a share of the largest feature.

    Raises:
        ValueError: If the path has another ending or leads to what must not be
            replaced, the number of channels is open, the backend cannot write
            the format, or it is ONNX and the encoder computes in bfloat16.
        RuntimeError: If what was written gives other features.
        ImportError: If a package that the format needs is missing.

    Example:

    >>> kc.export.export_encoder(model.encoder, "encoder.onnx")
    """
    target, ending = checked_path(path)
    if not getattr(encoder, "inputs", None):
        raise ValueError(
            "`encoder` must be a functional or `Sequential` model that is "
            f"built. Received: {encoder}"
        )
    check_input_of(encoder)
    check_one_output(getattr(encoder, "output", encoder.outputs))
    check_pixels(encoder)
    shape = encoder.input_shape[1:]
    if len(shape) != 3 or shape[2] is None:
        raise ValueError(
            "`encoder` must take images (height, width, channels) of a known "
            "number of channels, for example `ResNet18((None, None, 3))`. "
            f"Received: input shape {shape}"
        )
    images = keras.Input(shape, dtype="uint8", name="images")
    scaled = keras.layers.Rescaling(1 / 255, dtype="float32")(images)
    whole = keras.Model(images, encoder(scaled, training=False))
    probes = [probe_of(shape, sides) for sides in SIDES[: 1 + (None in shape)]]
    whole(probes[0][:1])  # Keras exports what has been called
    write, read = {
        ".keras": (write_keras, read_keras),
        ".onnx": (write_onnx, read_onnx),
        "": (write_saved_model, read_saved_model),
    }[ending]
    with replacing(target) as written:
        write(whole, written)
        error = max(
            difference(read(written, probe), encoder, probe) for probe in probes
        )
        if not error < TOLERANCE:
            raise RuntimeError(
                f"{target} was not written: it would differ from the encoder "
                f"by {error}, as a share of the largest feature; allowed is "
                f"{TOLERANCE}."
            )
    return error


def checked_path(path):
    """The path, whole, and what it ends in: `.keras`, `.onnx` or nothing."""
    if not isinstance(path, (str, os.PathLike)) or not os.fspath(path):
        raise ValueError(
            "`path` must be a string or a path, for example 'encoder.keras'. "
            f"Received: path={path!r}"
        )
    path = pathlib.Path(os.path.abspath(os.path.expanduser(path)))
    _, dot, last = path.name.rpartition(".")
    ending = f".{last}" if dot else ""
    if ending not in (".keras", ".onnx", ""):
        raise ValueError(
            "`path` must end in '.keras' or '.onnx', or have no ending, for "
            f"the folder of a SavedModel. Received: path={str(path)!r}"
        )
    if ending and path.is_dir():
        raise ValueError(
            f"`path` ends in {ending!r}, which is a file, but there is a "
            f"folder. Received: path={str(path)!r}"
        )
    if not ending and path.exists() and not is_saved_model(path):
        raise ValueError(
            "`path` without an ending is the folder of a SavedModel, but there "
            "is something else that would be lost: name a new folder in it. "
            f"Received: path={str(path)!r}"
        )
    return path, ending


def is_saved_model(path):
    """Whether the path is a folder with one, or an empty one."""
    if not path.is_dir():
        return False
    return (path / "saved_model.pb").is_file() or not any(path.iterdir())


def probe_of(shape, sides):
    """8 random images of a shape, whose open sides are given."""
    sides = [own or given for own, given in zip(shape, sides, strict=False)]
    generator = np.random.default_rng(0)
    return generator.integers(0, 256, (8, *sides, shape[2]), "uint8")


def difference(found, encoder, images):
    """The largest one, as a share of the largest feature."""
    expected = encoder.predict(images / np.float32(255), verbose=0)
    largest = np.abs(expected).max() or 1.0
    return float(np.abs(found - expected).max() / largest)


def write_keras(model, path):
    model.save(path)


def read_keras(path, images):
    return keras.saving.load_model(path).predict(images, verbose=0)


def write_saved_model(model, path):
    check_backend("A SavedModel", ("tensorflow", "jax"))
    tf = import_extra("tensorflow", "tensorflow", "A SavedModel")
    signature = [
        keras.InputSpec(shape=model.input_shape, dtype="uint8", name="images")
    ]
    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint(
        "serve", lambda images: model(images, training=False), signature
    )
    archive.add_endpoint(
        "serving_default",
        lambda images: {"features": model(images, training=False)},
        signature,
    )
    # JAX has no gradient of a convolution over open sides.
    options = tf.saved_model.SaveOptions(experimental_custom_gradients=False)
    archive.write_out(path, options=options, verbose=False)


def read_saved_model(path, images):
    import tensorflow as tf

    loaded = tf.saved_model.load(path)
    try:
        return loaded.serve(images).numpy()
    except tf.errors.InvalidArgumentError as error:
        if "Cannot deserialize" in str(error):
            raise RuntimeError(
                "A SavedModel was not written: TensorFlow "
                f"{tf.__version__} cannot read the programs of this JAX. "
                "Export on TensorFlow, from the same encoder saved as "
                "`.keras`, or install an older JAX."
            ) from None
        raise


def write_onnx(model, path):
    # On torch, Keras writes down the size of the pooling.
    is_open = None in model.input_shape[1:]
    check_backend(
        "ONNX for images of any size" if is_open else "ONNX",
        ("tensorflow",) if is_open else ("tensorflow", "torch"),
    )
    if any(layer.compute_dtype == "bfloat16" for layer in layers_of(model)):
        raise ValueError(
            "`encoder` must not compute in bfloat16, in which ONNX has no "
            "convolution: make it anew in float32, and call "
            "`set_weights(encoder.get_weights())` of it. "
            "Received: layers in bfloat16"
        )
    if keras.backend.backend() == "tensorflow":
        import_extra("tf2onnx", "onnx", "An ONNX file")
    import_extra("onnxruntime", "onnx", "An ONNX file")
    onnx = import_extra("onnx", "onnx", "An ONNX file")
    model.export(path, format="onnx", verbose=False)
    proto = onnx.load(path)
    if proto.graph.input[0].type.tensor_type.shape.dim[0].dim_value:
        raise ValueError(
            "ONNX for any number of images needs Keras 3.14 or newer on "
            f"{keras.backend.backend()}. Received: Keras {keras.__version__}"
        )
    name_output(proto.graph)
    onnx.save(proto, path)


def name_output(graph):
    """Calls the one output of a graph "features", also where it is made."""
    (output,) = graph.output
    for node in graph.node:
        for names in (node.input, node.output):
            names[:] = [
                "features" if name == output.name else name for name in names
            ]
    output.name = "features"


def read_onnx(path, images):
    import onnxruntime

    session = onnxruntime.InferenceSession(path)
    (features,) = session.run(["features"], {"images": images})
    return features


def check_backend(format, backends):
    if keras.backend.backend() not in backends:
        raise ValueError(
            f"{format} is written on {' or '.join(backends)}: save the encoder "
            'as a ".keras" file, load it in a new process with '
            f"KERAS_BACKEND={backends[0]}, and export it there. Received: "
            f"backend {keras.backend.backend()}"
        )

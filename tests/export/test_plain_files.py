"""What is saved loads by Keras alone, on every backend."""

import functools
import importlib.util
import json
import os
import subprocess
import sys

import keras
import numpy as np
import pytest

import keras_contrastive as kc
from tests.conftest import EAGERLY
from tests.replicas import two_replicas

SHAPE = (16, 16, 3)
IMAGES = np.random.default_rng(0).random((8, *SHAPE)).astype("float32")
BOXES = np.array([[[2, 3, 9, 12], [0, 5, 16, 8]]] * 8, "float32")
CLASSES = np.array([[0, 2]] * 8)
VIEWS = (IMAGES, IMAGES[:, ::-1].copy())

# Outputs of all files of a folder, where this package does not exist.
LOAD = """
import pathlib
import sys

sys.modules["keras_contrastive"] = None
import keras
import numpy as np

folder = pathlib.Path(sys.argv[1])
images = np.load(folder / "images.npy")
for path in folder.glob("*.keras"):
    model = keras.saving.load_model(path)
    expected = np.load(path.with_suffix(".npy"))
    given = images
    if model.inputs[0].dtype == "uint8":
        given = (255 * images).astype("uint8")
    if path.stem == "instance_segmenter":
        given = [images, np.load("boxes.npy"), np.load("classes.npy")]
    found = model.predict(given, verbose=0)
    if isinstance(found, dict):
        found = found["P2"]
    error = np.abs(found - expected).max() / np.abs(expected).max()
    half = "float16" in path.stem
    assert error < (1e-2 if half else 1e-5), (path.stem, error)
    print(path.stem)
del sys.modules["keras_contrastive"]
assert not any(name.startswith("keras_contrastive") for name in sys.modules)
"""


def encoder(**kwargs):
    return kc.encoders.SmallCNN(
        SHAPE, width=4, convolutions=[(1, 2), (2, 2)], **kwargs
    )


def trained(model, run_eagerly=EAGERLY):
    model.compile(keras.optimizers.SGD(0.1), run_eagerly=run_eagerly)
    model.fit(VIEWS, batch_size=8, epochs=2, verbose=0)
    return model.encoder


@functools.cache
def one_device():
    return trained(kc.SimCLR(encoder()))


def mixed_float16():
    keras.config.set_dtype_policy("mixed_float16")
    try:
        return trained(kc.SimCLR(encoder()))
    finally:
        keras.config.set_dtype_policy("float32")


def splits():
    return trained(kc.MoCo(encoder(), queue_size=16, batch_norm_splits=2))


def replicas():
    with two_replicas() as scope, scope():
        return trained(kc.SimCLR(encoder()), run_eagerly=False)


def resnet():
    return kc.encoders.ResNet18(
        SHAPE, width=2, normalization=(0.5, (0.2, 0.3, 0.4))
    )


def pyramid():
    return kc.export.feature_pyramid(one_device())


def segmenter():
    return kc.export.segmenter(one_device(), num_classes=3, units=4)


def instance_segmenter():
    return kc.export.instance_segmenter(one_device(), num_classes=3, units=4)


def classifier(probe, encoder):
    labels = np.arange(8) % 2
    return probe(encoder, (IMAGES, labels), (1 - IMAGES, labels)).model


def linear():
    return classifier(kc.evaluation.linear_probe, resnet())


def ridge():
    return classifier(kc.evaluation.ridge_probe, resnet())


def knn():
    return classifier(functools.partial(kc.evaluation.knn, k=3), None)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    np.save(folder / "images.npy", IMAGES)
    np.save(folder / "boxes.npy", BOXES)
    np.save(folder / "classes.npy", CLASSES)
    made = [one_device, mixed_float16, splits, resnet, pyramid, segmenter]
    made += [instance_segmenter, linear, ridge, knn]
    if keras.backend.backend() == "tensorflow":
        made.append(replicas)
    for make in made:
        model = make()
        boxed = make is instance_segmenter
        outputs = model([IMAGES, BOXES, CLASSES] if boxed else IMAGES)
        if isinstance(outputs, dict):
            outputs = outputs["P2"]
        outputs = keras.ops.convert_to_numpy(outputs)
        np.save(folder / f"{make.__name__}.npy", outputs)
        model.save(folder / f"{make.__name__}.keras")
    images = (255 * IMAGES).astype("uint8") / np.float32(255)
    exported = one_device()
    kc.export.export_encoder(exported, folder / "exported.keras")
    np.save(folder / "exported.npy", exported.predict(images, verbose=0))
    return folder


@pytest.mark.parametrize("backend", ["tensorflow", "jax", "torch"])
def test_files_load_without_this_package(folder, backend):
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"needs {backend}")
    result = subprocess.run(
        [sys.executable, "-c", LOAD, str(folder)],
        env={**os.environ, "KERAS_BACKEND": backend},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert result.returncode == 0, result.stderr
    names = {path.stem for path in folder.glob("*.keras")}
    assert set(result.stdout.split()) == names
    assert len(names) >= 10


def test_configs_name_keras_alone(folder):
    for path in folder.glob("*.keras"):
        config = json.dumps(keras.saving.load_model(path).get_config())
        assert "keras_contrastive" not in config
        assert '"synchronized": true' not in config

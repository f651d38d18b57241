"""What may be missing where the package is imported, and on JAX used."""

import importlib.util
import inspect
import os
import pkgutil
import subprocess
import sys
import types

import keras
import numpy as np
import pytest

import keras_contrastive as kc

IMAGES = kc.data.from_arrays(np.zeros((4, 8, 8, 3), "uint8"), batch_size=2)

OPTIONAL = ("tensorflow_datasets", "keras_cv", "sklearn", "matplotlib")

# Keras itself imports some of them where they are installed.
IMPORT = """
import sys
import keras
before = set(sys.modules)
import keras_contrastive
print(*[n for n in {optional} if n in sys.modules and n not in before])
"""

# What begins a connection, or asks for an address, is an error.
OFF_LINE = """
import socket


def refuse(*args, **kwargs):
    raise RuntimeError(f"a connection to {args}")


socket.socket.connect = socket.getaddrinfo = refuse
import keras_contrastive as kc

for name in kc.__all__:
    getattr(kc, name)
"""

# Without its backend Keras cannot be imported.
BACKEND_IS_MISSING = """
import sys

sys.modules["{backend}"] = None
try:
    import keras_contrastive
except ImportError as error:
    print(error)
"""

FIT_WITHOUT = """
import sys

for name in {missing}:
    sys.modules[name] = None

import numpy as np
import keras
import keras_contrastive as kc

encoder = keras.Sequential(
    [
        keras.Input((12, 12, 3)),
        keras.layers.Conv2D(4, 3),
        keras.layers.BatchNormalization(),
        keras.layers.GlobalAveragePooling2D(),
    ]
)
model = kc.SimCLR(encoder, kc.views.simclr(image_size=12))
model.compile("sgd")
images = np.random.default_rng(0).integers(0, 256, (8, 12, 12, 3), "uint8")
history = model.fit(
    kc.data.from_arrays(images, batch_size=4), epochs=1, verbose=0
)
assert np.isfinite(history.history["loss"]).all()
"""


def run(code, backend):
    result = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "KERAS_BACKEND": backend},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_import_leaves_optional_packages_alone():
    backend = keras.backend.backend()
    optional = OPTIONAL
    if backend != "tensorflow":
        optional += ("tensorflow",)
    assert run(IMPORT.format(optional=optional), backend).split() == []


def test_import_makes_no_connection():
    run(OFF_LINE, keras.backend.backend())


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_trains_without_tensorflow(backend):
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"needs {backend}")
    run(FIT_WITHOUT.format(missing=("tensorflow", *OPTIONAL)), backend)


def test_a_missing_backend_is_named():
    backend = keras.backend.backend()
    message = run(BACKEND_IS_MISSING.format(backend=backend), backend)
    assert f"keras-contrastive[{backend}]" in message
    assert "`KERAS_BACKEND`" in message


@pytest.mark.parametrize(
    "package, call",
    [
        ("tensorflow", lambda: IMAGES.to_tf_dataset()),
        ("tensorflow_datasets", lambda: kc.data.load("mnist", "test", 1)),
        ("importlib_resources", lambda: kc.data.load("mnist", "test", 1)),
        ("keras_cv", lambda: kc.views.infomin(32, rand_augment="keras_cv")),
    ],
)
def test_a_missing_package_is_named_by_its_extra(package, call, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ImportError, match=r"keras-contrastive\[tensorflow\]"):
        call()


def test_a_broken_tfds_is_named(monkeypatch):
    empty = types.ModuleType("tensorflow_datasets")
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", empty)
    with pytest.raises(ImportError, match="tensorflow-metadata"):
        kc.data.load("mnist", "test", 1)


@pytest.mark.parametrize(
    "module",
    [name for name in kc.__all__ if inspect.ismodule(getattr(kc, name))],
)
def test_no_module_has_the_name_of_what_it_exports(module):
    package = getattr(kc, module)
    inside = {part.name for part in pkgutil.iter_modules(package.__path__)}
    assert not inside & set(package.__all__)

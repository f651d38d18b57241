"""What is exported can be made again from its config, and loaded."""

import collections
import importlib
import inspect
import json
import os
import pkgutil
import subprocess
import sys

import keras
import numpy as np
import pytest

import keras_contrastive as kc
from keras_contrastive._config import Configured
from tests.conformance import tiny
from tests.conformance.methods import METHODS
from tests.conformance.training import images, make

ROOMS = ("layers", "losses", "modules", "optimizers", "schedules", "views")
ABSTRACT = {
    "ContrastLoss",
    "Module",
    "PairLoss",
    "BaseTransform",
    "Split",
    "Transform",
    "ViewFamily",
}


def classes_of_the_package():
    found = set()
    for module in pkgutil.walk_packages(kc.__path__, "keras_contrastive."):
        for value in vars(importlib.import_module(module.name)).values():
            if inspect.isclass(value) and value.__module__ == module.name:
                found.add(value)
    return found


def test_one_registered_name_once():
    names = collections.Counter(
        keras.saving.get_registered_name(cls)
        for cls in classes_of_the_package()
    )
    registered = {
        name: count
        for name, count in names.items()
        if name.startswith("keras_contrastive>")
    }
    assert len(registered) > 50
    assert max(registered.values()) == 1
    assert all(
        keras.saving.get_registered_object(name) is not None
        for name in registered
    )


def pipeline():
    return kc.views.Pipeline([tiny.crop(), kc.views.Grayscale()])


# Arguments of those that have no defaults for all.
ARGUMENTS = {
    "Augment": lambda: [keras.layers.RandomFlip()],
    "BaseTransform": list,
    "ColorSpace": lambda: ["lab"],
    "ESSL": lambda: [kc.views.MultiView([pipeline()], seed=1)],
    "FeatureQueue": lambda: [8, 3],
    "FrequencySplit": lambda: [0.2],
    "Jigsaw": lambda: [4],
    "MemoryBank": lambda: [8, 4, 0.5, 3],
    "MomentumBranch": lambda: [[tiny.head(), tiny.head()], 0.9],
    "MultiView": lambda: [[pipeline(), pipeline()]],
    "NoiseConstant": lambda: [8, 0.1],
    "Normalize": lambda: [0.5, 0.25],
    "PatchGrid": lambda: [6, 3],
    "PatchPair": lambda: [4, 2],
    "Pipeline": lambda: [[tiny.crop()]],
    "RandomResizedCrop": lambda: [12],
    "warmup_cosine": list,
}
EXPORTED = [
    (room, name)
    for room in ROOMS
    for name in getattr(kc, room).__all__
    if inspect.isclass(getattr(getattr(kc, room), name))
    and name not in ABSTRACT
]


@pytest.mark.parametrize("room, name", EXPORTED)
def test_exported_classes_survive_their_config(room, name):
    cls = getattr(getattr(kc, room), name)
    thing = cls(*ARGUMENTS.get(name, list)())
    config = json.dumps(keras.saving.serialize_keras_object(thing))
    again = keras.saving.deserialize_keras_object(json.loads(config))
    assert type(again) is cls
    assert json.dumps(keras.saving.serialize_keras_object(again)) == config


def test_arguments_of_the_constructor_are_attributes():
    """Of all that write their config by convention."""
    for cls in classes_of_the_package():
        if issubclass(cls, Configured) and cls is not Configured:
            source = vars(cls).get("get_config")
            assert source is None, f"{cls.__name__} writes its own config"


LOAD = """
import sys

import keras
import numpy as np

import keras_contrastive

for path in sys.argv[1:]:
    model = keras.saving.load_model(path)
    expected = np.load(path + ".npy")
    weights = map(keras.ops.convert_to_numpy, model.trainable_weights)
    found = sum(weight.sum() for weight in weights)
    np.testing.assert_allclose(found, expected, 1e-4, 1e-4, err_msg=path)
"""


@pytest.mark.backends("torch")
def test_files_load_in_a_fresh_process(tmp_path):
    models = {method: make(method) for method in METHODS}
    for name in kc.losses.__all__:
        loss = getattr(kc.losses, name)
        two = name not in ("EquivariantNTXent", "SupConLoss", *ABSTRACT)
        if inspect.isclass(loss) and two:
            models[name] = kc.SimCLR(
                tiny.encoder(), tiny.two_crops(), tiny.head(), loss=loss()
            )
            models[name](images())
    for name, model in models.items():
        path = tmp_path / f"{name}.keras"
        model.save(path)
        weights = map(keras.ops.convert_to_numpy, model.trainable_weights)
        np.save(f"{path}.npy", sum(weight.sum() for weight in weights))
    subprocess.run(
        [sys.executable, "-c", LOAD, *map(str, tmp_path.glob("*.keras"))],
        check=True,
        env={**os.environ, "PYTHONPATH": "."},
        timeout=300,
    )

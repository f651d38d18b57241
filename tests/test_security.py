"""Files of others run nothing: each of these would write a canary."""

import ast
import base64
import contextlib
import io
import json
import os
import pathlib
import pickle
import sys
import zipfile

import h5py
import keras
import numpy as np
import pytest

import keras_contrastive as kc
from keras_contrastive._copy_layer import copy_layer
from keras_contrastive._keras_internals import SafeModeScope
from tests.training.test_contrastive_model import VIEWS, tiny_encoder

PACKAGE = pathlib.Path(kc.__file__).parent


@pytest.fixture
def canary(tmp_path, monkeypatch):
    """A file that no test may find; a module to import would write it too."""
    path = tmp_path / "canary"
    (tmp_path / "evil.py").write_text(f"open({str(path)!r}, 'w')\nEvil = 1")
    monkeypatch.syspath_prepend(tmp_path)
    yield path
    sys.modules.pop("evil", None)
    assert not path.exists()


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    model = kc.MoCo(tiny_encoder(), projector=kc.layers.ProjectionHead(4))
    model.compile("sgd")
    model.build([(None, 8, 8, 3)] * 2)
    path = tmp_path_factory.mktemp("saved") / "model.keras"
    model.save(path)
    return path


def lambda_of(canary):
    layer = keras.layers.Lambda(
        eval(f"lambda x: open({str(canary)!r}, 'w').close() or x", {}),
        output_shape=(8,),
    )
    return keras.saving.serialize_keras_object(layer)


class Gadget:
    def __init__(self, canary):
        self.canary = canary

    def __reduce__(self):
        return os.system, (f"touch {self.canary}",)


def thing(module, name, config, registered=None):
    return {
        "module": module,
        "class_name": name,
        "config": config,
        "registered_name": registered or name,
    }


def function(module, name):
    return thing(module, "function", name, name)


def crafted(canary):
    """Parts of a config, none of which Keras and this package may make."""
    command = f"touch {canary}"
    module = base64.b64encode(pickle.dumps(Gadget(canary))).decode()
    layer = lambda_of(canary)
    branch = thing(
        None,
        "MomentumBranch",
        {"layers": [layer], "momentum": 0.9},
        "keras_contrastive>MomentumBranch",
    )
    yield layer
    yield layer["config"]["function"]
    yield branch
    yield thing("keras.layers", "TFSMLayer", {"filepath": str(canary.parent)})
    yield thing("keras.layers", "TorchModuleWrapper", {"module": module})
    secret = str(canary.parent / "evil.py")
    yield thing("keras.layers", "StringLookup", {"vocabulary": secret})
    yield thing("subprocess", "Popen", {"args": command, "shell": True})
    yield thing("os", "system", {"command": command})
    yield thing("evil", "Evil", {})
    yield thing("keras_contrastive.evil", "Evil", {})
    yield thing("keras.evil", "Evil", {}, "evil>Evil")
    for module, name in (
        ("os", "system"),
        ("builtins", "exec"),
        ("subprocess", "run"),
        ("evil", "Evil"),
        ("keras_contrastive.data", "from_folder"),
        ("keras_contrastive._import_extra", "import_extra"),
        ("keras.utils", "get_file"),
        ("keras.saving", "load_model"),
        ("keras.config", "enable_unsafe_deserialization"),
    ):
        yield function(module, name)


def rewritten(path, target, change):
    """A copy of a `.keras` file whose config was changed."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "config.json":
                config = json.loads(content)
                change(config)
                content = json.dumps(config)
            new.writestr(name, content)
    return target


def into_argument(name):
    def put(config, part):
        assert name in config["config"]
        config["config"][name] = part

    return put


def into_encoder(config, part):
    layers = config["config"]["encoder"]["config"]["layers"]
    layers[-1] = part


def into_views(config, part):
    augment = thing(None, "Augment", {"layer": part})
    augment["registered_name"] = "keras_contrastive>Augment"
    config["config"]["views"] = augment


def into_optimizer(config, part):
    config["compile_config"]["optimizer"] = part


PLACES = [
    into_encoder,
    into_views,
    into_optimizer,
    *map(into_argument, ("encoder", "projector", "momentum", "modules")),
]


@pytest.mark.parametrize("place", PLACES)
def test_a_crafted_model_is_refused(place, saved, canary):
    # The whole model comes before its optimizer: some of them are enough.
    every = 4 if place is into_optimizer else 1
    for part in list(crafted(canary))[::every]:
        target = rewritten(
            saved,
            canary.with_suffix(".keras"),
            lambda c, part=part: place(c, part),
        )
        # Keras looks for PyTorch before it refuses what was made by it.
        errors = (TypeError, ValueError, AttributeError, ImportError)
        with pytest.raises(errors):
            keras.saving.load_model(target)
        assert not canary.exists(), part


@pytest.mark.filterwarnings("ignore:Model '.*' had a build config")
def test_the_canary_is_written_by_what_is_trusted(saved, canary):
    """Otherwise the other tests would find nothing either."""

    def change(config):
        into_encoder(config, lambda_of(canary))

    target = rewritten(saved, canary.with_suffix(".keras"), change)
    with contextlib.suppress(ValueError):  # it replaces the pooling
        keras.saving.load_model(target, safe_mode=False)
    assert canary.exists()
    canary.unlink()


def test_what_is_refused_is_no_more_than_that(saved, canary):
    model = keras.saving.load_model(saved)
    assert np.isfinite(model.evaluate(VIEWS, batch_size=8, verbose=0)).all()


def test_a_copy_trusts_no_more_than_the_file_that_is_loaded():
    class Own(keras.layers.Lambda):
        pass

    layer = Own(lambda x: x, output_shape=(2,))
    assert type(copy_layer(layer, "layers")) is Own
    with SafeModeScope(True), pytest.raises(ValueError, match="safe_mode"):
        copy_layer(layer, "layers")


@pytest.mark.filterwarnings("ignore:Skipping invalid path")
def test_names_that_lead_out_of_the_archive(saved, canary):
    names = ("../../canary", str(canary), "assets/../../canary", "a/../../c")
    target = rewritten(saved, canary.with_suffix(".keras"), lambda c: None)
    with zipfile.ZipFile(target, "a") as archive:
        for name in names:
            archive.writestr(name, "x")
    before = set(canary.parent.iterdir())
    with contextlib.suppress(AttributeError):  # of Keras 3.13 at such names
        keras.saving.load_model(target)
    assert set(canary.parent.iterdir()) == before


def weights_of(saved, folder, change):
    """A copy of a `.keras` file whose weights were changed."""
    target = folder / "weights.keras"
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name.endswith(".h5"):
                content = io.BytesIO(content)
                with h5py.File(content, "r+") as file:
                    change(file)
                content = content.getvalue()
            new.writestr(name, content)
    return target


def arrays_of(file):
    found = []
    file.visit(found.append)
    return [name for name in found if isinstance(file[name], h5py.Dataset)]


def test_weights_that_point_to_other_files(saved, canary):
    """Of layers that Keras reads, and of the model that reads its own."""
    secret = canary.parent / "secret"
    secret.write_bytes(bytes(range(256)) * 40)

    def of_layers(name):
        return name.startswith("encoder")

    def of_the_model(name):
        return name.startswith("vars")

    for is_changed in (of_layers, of_the_model):

        def change(file, is_changed=is_changed):
            names = [name for name in arrays_of(file) if is_changed(name)]
            assert names
            for name in names:
                shape, dtype = file[name].shape, file[name].dtype
                del file[name]
                size = max(int(np.prod(shape)) * dtype.itemsize, 1)
                file.create_dataset(
                    name, shape or (1,), dtype, external=[(secret, 0, size)]
                )

        target = weights_of(saved, canary.parent, change)
        with pytest.raises(ValueError, match="could not be loaded"):
            keras.saving.load_model(target)


def test_weights_that_claim_to_be_huge(saved, canary):
    def change(file):
        for name in arrays_of(file):
            del file[name]
            file.create_dataset(name, (2**40,), "float32", chunks=(2**20,))

    target = weights_of(saved, canary.parent, change)
    with pytest.raises(ValueError):  # and not MemoryError
        keras.saving.load_model(target)


def test_records_and_sweeps_hold_no_objects(canary):
    path = canary.with_suffix(".npz")
    record = np.array([Gadget(canary)], dtype=object)
    np.savez(path, steps=record, epochs=record)
    recorder = kc.callbacks.ScoreRecorder(path)
    for read in (
        recorder.earlier_parts,
        lambda: kc.visualization.plot_score_curves({"a": path}),
    ):
        with pytest.raises(ValueError, match="allow_pickle=False"):
            read()


FORBIDDEN = {
    "pickle",
    "cPickle",
    "marshal",
    "shelve",
    "dill",
    "joblib",
    "yaml",
    "subprocess",
}


def test_nothing_here_unpickles_or_evaluates():
    files = list(PACKAGE.rglob("*.py"))
    assert len(files) > 100
    for node in (n for f in files for n in ast.walk(ast.parse(f.read_text()))):
        if isinstance(node, ast.Import):
            found = {alias.name.partition(".")[0] for alias in node.names}
            assert not found & FORBIDDEN
        elif isinstance(node, ast.ImportFrom):
            assert (node.module or "").partition(".")[0] not in FORBIDDEN
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in ("eval", "exec", "__import__")
        elif isinstance(node, ast.keyword):
            value = getattr(node.value, "value", None)
            assert (node.arg, value) not in (
                ("allow_pickle", True),
                ("safe_mode", False),
            )

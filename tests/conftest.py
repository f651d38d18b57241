"""Devices and number types of a test run, and the conformance report.

Two logical devices, or KERAS_CONTRASTIVE_REPLICAS, are set up before any
framework starts: `tf.distribute` and JAX then run as many replicas on a CPU.
With KERAS_CONTRASTIVE_FLOAT64=1 everything computes in float64, for the
comparison with finite differences; that choice holds for a whole process. With
KERAS_CONTRASTIVE_FULL=1 the slow columns of the conformance table are run for
every method.
"""

import datetime
import functools
import importlib.metadata
import inspect
import json
import os
import pathlib
import random
import re
import shutil
import subprocess

import pytest

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("MPLBACKEND", "agg")
BACKEND = os.environ["KERAS_BACKEND"]
FLOAT64 = os.environ.get("KERAS_CONTRASTIVE_FLOAT64") == "1"
FULL = os.environ.get("KERAS_CONTRASTIVE_FULL") == "1"
REPLICAS = int(os.environ.get("KERAS_CONTRASTIVE_REPLICAS", "2"))

# Tests compile much and run it little.
FLAGS = ["--xla_backend_optimization_level=1", os.environ.get("XLA_FLAGS", "")]
if BACKEND == "jax":
    FLAGS.append(f"--xla_force_host_platform_device_count={REPLICAS}")
    if FLOAT64:
        os.environ["JAX_ENABLE_X64"] = "1"
os.environ["XLA_FLAGS"] = " ".join(FLAGS)
if BACKEND == "torch":
    # Workers beside each other would fight for the cores.
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# Compiling takes longest on TensorFlow: what need not be compiled is not.
EAGERLY = BACKEND == "tensorflow" and not FULL
PROGRAMS = {}
# Of a layer in its config, not of a dtype policy.
NAME = re.compile("'name': '[^']*', (?='trainable')")


def start_frameworks():
    if BACKEND == "tensorflow":
        import tensorflow as tf

        tf.config.set_logical_device_configuration(
            tf.config.list_physical_devices("CPU")[0],
            [tf.config.LogicalDeviceConfiguration()] * REPLICAS,
        )
    import keras

    from keras_contrastive.views import multi_view

    if FLOAT64:
        keras.config.set_floatx("float64")
    multi_view.compiled = shared(multi_view.compiled)


def shared(compiled):
    """Lets views that are made alike share what is compiled of them."""
    import keras

    from keras_contrastive.views import MultiView

    def program(function, xla=True):
        views = getattr(function, "__self__", None)
        if not isinstance(views, MultiView):
            return compiled(function, xla)
        pipelines = views.pipelines
        kinds = tuple(type(t) for p in pipelines for t in p.transforms)
        config = [keras.saving.serialize_keras_object(p) for p in pipelines]
        key = (kinds, NAME.sub("", str(config)), xla, function.__name__)
        if key not in PROGRAMS:
            PROGRAMS[key] = compiled(function, xla)
        return PROGRAMS[key]

    return program


# Those of `tests/conformance/reports` are committed, and the pages show them.
REPORT = pathlib.Path(__file__).parent.parent / os.environ.get(
    "KERAS_CONTRASTIVE_REPORT", "build/conformance"
)


def pytest_configure(config):
    # The process that hands tests to workers runs none, and imports no Keras.
    if not config.getoption("numprocesses", None):
        start_frameworks()
    config.addinivalue_line(
        "markers", "conformance(column): cell of the conformance table"
    )
    config.addinivalue_line(
        "markers", "float64: runs only under KERAS_CONTRASTIVE_FLOAT64=1"
    )
    config.addinivalue_line(
        "markers",
        "full(*methods): of the table only SimCLR's row and theirs, "
        "or all with FULL",
    )
    config.addinivalue_line("markers", "backends(*names): where it applies")


def pytest_collection_modifyitems(items):
    for item in items:
        where = item.get_closest_marker("backends")
        if where and BACKEND not in where.args:
            item.add_marker(pytest.mark.skip(reason="does not apply"))
        is_float64 = item.get_closest_marker("float64") is not None
        if is_float64 != FLOAT64:
            reason = "float64 runs apart" if is_float64 else "a float64 run"
            item.add_marker(pytest.mark.skip(reason=reason))
        full = item.get_closest_marker("full")
        if full and not FULL:
            if item.callspec.params["method"] not in ("SimCLR", *full.args):
                item.add_marker(pytest.mark.skip(reason="the full table only"))
        # Tests of a file, or of a method, share what they have compiled.
        group = str(item.path)
        if item.get_closest_marker("conformance"):
            group = item.callspec.params["method"]
        item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture
def eager_training(monkeypatch):
    """Pretraining is not compiled, where that is quicker."""
    from keras_contrastive import ContrastiveModel

    if EAGERLY:
        compiles = functools.partialmethod(
            ContrastiveModel.compile, run_eagerly=True
        )
        monkeypatch.setattr(ContrastiveModel, "compile", compiles)


@pytest.fixture
def short_probe(monkeypatch):
    """A linear probe makes 3 epochs where it is not told how many."""
    from keras_contrastive.evaluation import linear_probe

    defaults = inspect.unwrap(linear_probe).__kwdefaults__
    monkeypatch.setitem(defaults, "epochs", 3)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup():
    # Keras draws the seeds of layers that have none from here: a test starts
    # from the same weights on every machine and in any order.
    random.seed(0)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    marker = item.get_closest_marker("conformance")
    if marker is None or report.when == "teardown":
        return
    # What is skipped for another reason counts as not run.
    if report.skipped and "does not apply" not in str(report.longrepr):
        return
    if report.when == "call" or report.outcome != "passed":
        row = item.callspec.params["method"]
        report.user_properties.append(
            ("cell", (row, marker.kwargs["column"], report.outcome))
        )


def pytest_runtest_logreport(report):
    # Runs in the main process, also of `pytest -n`.
    for name, value in report.user_properties:
        if name == "cell" and report.outcome == value[2]:
            CELLS.setdefault(value[0], {}).setdefault(value[1], []).append(
                value[2]
            )


CELLS = {}


def pytest_sessionfinish(session):
    if hasattr(session.config, "workerinput") or not CELLS:
        return
    REPORT.mkdir(parents=True, exist_ok=True)
    suffix = "-float64" if FLOAT64 else ""
    path = REPORT / f"{BACKEND}{suffix}.json"
    # A run of some tests must not erase what another run has shown.
    cells = json.loads(path.read_text()) if path.exists() else {}
    run = {
        "date": datetime.date.today().isoformat(),
        "commit": commit(),
        "keras": importlib.metadata.version("keras"),
    }
    for row, columns in CELLS.items():
        for column, outcomes in columns.items():
            worst = "failed" if "failed" in outcomes else outcomes[0]
            if "passed" in outcomes and worst == "skipped":
                worst = "passed"
            cells.setdefault(row, {})[column] = {"outcome": worst, **run}
    path.write_text(json.dumps(cells, indent=1, sort_keys=True) + "\n")


def commit():
    """That of the checkout, with a `+` if files were changed since."""
    if shutil.which("git") is None:
        return "unknown"
    root = pathlib.Path(__file__).parent

    def git(*words):
        command = ["git", *words]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True)
        return done.stdout.strip()

    changed = git("status", "--porcelain", "--untracked-files=no")
    changed = [x for x in changed.splitlines() if not x.endswith(".json")]
    return git("rev-parse", "--short", "HEAD") + "+" * bool(changed)

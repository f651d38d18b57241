"""How far 2, 4 or 8 replicas end from one device, for every method.

Run by hand, by `.ci/replicas`: what it finds is committed, and the site shows
it. One number of replicas a process, which sets up its devices once. Methods
that the report knows are left out:

    KERAS_CONTRASTIVE_REPLICAS=4 python -m tests.conformance.replicas
"""

import datetime
import importlib
import json
import pathlib

import keras
import numpy as np

from tests.conformance.methods import METHODS
from tests.conformance.training import (
    images,
    inputs,
    labels,
    make,
    numpy_weights,
)
from tests.conftest import BACKEND, REPLICAS, start_frameworks
from tests.replicas import replicas

REPORT = pathlib.Path(__file__).parent / f"reports/replicas-{BACKEND}.json"
STEPS = 5
# Two images a replica, and parts of the batch that split as it does.
BATCH = max(8, 2 * REPLICAS)
SPLITS = {"batch_norm_splits": REPLICAS}
SPLIT = ("InfoMin", "MoCo", "MoCo with FT")


def weights_after(method, **compile_arguments):
    """The weights after the first step, and after all."""
    model = make(method, **(SPLITS if method in SPLIT else {}))
    optimizer = keras.optimizers.SGD(METHODS[method].rate, momentum=0.9)
    model.compile(optimizer, **compile_arguments)
    data = inputs(method, images(STEPS * BATCH)), labels(method, STEPS * BATCH)
    found = []
    for rows in (slice(BATCH), slice(BATCH, None)):
        x, y = keras.tree.map_structure(
            lambda array, rows=rows: None if array is None else array[rows],
            data,
        )
        model.fit(x, y, batch_size=BATCH, shuffle=False, verbose=0)
        found.append(numpy_weights(model))
    return found


def error(expected, found):
    """Largest difference, relative where a value is beyond 1."""
    return max(
        float((np.abs(b - a) / np.maximum(1, np.abs(a))).max())
        for a, b in zip(expected, found, strict=True)
    )


def main():
    start_frameworks()
    report = json.loads(REPORT.read_text()) if REPORT.exists() else {}
    errors = report.setdefault("errors", {})
    for method in METHODS:
        row = errors.setdefault(method, {})
        if str(REPLICAS) in row:
            continue
        # On TensorFlow this takes less time than compiling.
        alone = weights_after(method, run_eagerly=BACKEND == "tensorflow")
        with replicas(REPLICAS) as scope, scope():
            shared = weights_after(method)
        row[str(REPLICAS)] = [
            float(f"{error(a, b):.1e}")
            for a, b in zip(alone, shared, strict=True)
        ]
        print(method, REPLICAS, row[str(REPLICAS)], flush=True)
        report["date"] = datetime.date.today().isoformat()
        report["versions"] = {
            name: importlib.import_module(name).__version__
            for name in ("keras", BACKEND)
        }
        REPORT.write_text(json.dumps(report, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()

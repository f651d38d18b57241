"""How far 2 and 4 processes end from one, for every method, on JAX.

Run by hand; what it finds is committed, and the site shows it. Methods that the
report knows are left out:

    KERAS_BACKEND=jax python -m tests.distribution.measure
"""

import datetime
import json
import pathlib
import tempfile

import jax
import keras
import numpy as np

from tests.conformance.methods import METHODS
from tests.distribution.test_processes import run

REPORT = (
    pathlib.Path(__file__).parents[1] / "conformance/reports/processes-jax.json"
)
COUNTS = (2, 4)
# Started together: what takes long is starting.
AT_ONCE = 6


def error(expected, found):
    """Largest difference, relative where a value is beyond 1."""
    return max(
        float((np.abs(found[k] - a) / np.maximum(1, np.abs(a))).max())
        for k, a in expected.items()
        if a.size
    )


def of(method, state):
    return {k: v for k, v in state.items() if k.startswith(f"{method}: model")}


def measure(folder, methods, errors):
    (expected,) = run(folder / "1", "methods", methods=methods)
    for count in COUNTS:
        plan = {"methods": methods}
        first, *others = run(folder / str(count), "methods", count, **plan)
        for other in others:
            assert all(other[k].tobytes() == first[k].tobytes() for k in first)
        for method in methods:
            found = error(of(method, expected), of(method, first))
            errors.setdefault(method, {})[str(count)] = float(f"{found:.1e}")
    plan = {"methods": methods, "same_rows": True}
    first, _ = run(folder / "same", "methods", 2, **plan)
    for method in methods:
        found = error(of(method, expected), of(method, first))
        errors[method]["same rows"] = float(f"{found:.1e}")
        print(method, errors[method], flush=True)


def main():
    report = json.loads(REPORT.read_text()) if REPORT.exists() else {}
    errors = report.setdefault("errors", {})
    left = [method for method in METHODS if method not in errors]
    for begin in range(0, len(left), AT_ONCE):
        with tempfile.TemporaryDirectory() as folder:
            measure(pathlib.Path(folder), left[begin : begin + AT_ONCE], errors)
        report["date"] = datetime.date.today().isoformat()
        report["versions"] = {
            "keras": keras.__version__,
            "jax": jax.__version__,
        }
        REPORT.write_text(json.dumps(report, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()

import importlib
import pathlib
import sys

import pytest

BENCHMARKS = pathlib.Path(__file__).parents[2] / "benchmarks"
NAMES = (
    "cost_model",
    "cost_tables",
    "instance_scores",
    "lightly_task",
    "machine",
    "results",
    "scale",
    "track",
    "track_ratios",
    "turns",
)


@pytest.fixture(scope="module")
def benchmark():
    """Imports a benchmark."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(BENCHMARKS)
        yield importlib.import_module
        for name in NAMES:
            sys.modules.pop(name, None)

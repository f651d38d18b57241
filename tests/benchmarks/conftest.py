import importlib
import pathlib
import sys

import pytest

BENCHMARKS = pathlib.Path(__file__).parents[2] / "benchmarks"
NAMES = (
    "claim_rows",
    "cost_model",
    "cost_tables",
    "fashion_mnist",
    "gpu",
    "instance_scores",
    "lightly_task",
    "machine",
    "method_rows",
    "methods",
    "one_run",
    "pictures",
    "prepare_drawings",
    "results",
    "runs",
    "scale",
    "timing",
    "track",
    "track_ratios",
    "turns",
    "views",
)


@pytest.fixture(scope="module")
def benchmark():
    """Imports a benchmark; hooks of the documentation have names of theirs."""
    with pytest.MonkeyPatch.context() as patch:
        for name in NAMES:
            patch.delitem(sys.modules, name, raising=False)
        patch.syspath_prepend(BENCHMARKS)
        yield importlib.import_module
        for name in NAMES:
            sys.modules.pop(name, None)

"""A few of the kills that `benchmarks/kill.py` makes."""

import importlib
import pathlib
import sys

import pytest

import keras_contrastive as kc

BENCHMARKS = pathlib.Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def benchmark():
    """Imports a benchmark; the site has modules of the same names."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(BENCHMARKS)
        names = [path.stem for path in BENCHMARKS.glob("*.py")]
        for name in names:
            patch.delitem(sys.modules, name, raising=False)
        yield importlib.import_module
        for name in names:
            sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def chains(benchmark, tmp_path_factory):
    return benchmark("kill").Chains(tmp_path_factory.mktemp("chains"))


# TensorFlow does not repeat its bits on several threads.
@pytest.mark.backends("jax", "torch")
def test_killed_at_a_step_and_in_a_write(chains):
    deaths = [("before a step", 5), ("half a file", 2)]
    result = chains.run(0, "InstDis", deaths=deaths)
    assert result["error"] is None
    assert result["places"] == ["on_train_batch_begin", "half a file"]
    assert result["differing"] == []


def test_the_comparison_sees_what_keras_leaves_out(chains):
    deaths = [("after a step", 8)]
    result = chains.run(0, "InstDis", saves="BackupAndRestore", deaths=deaths)
    assert result["kills"] == 1
    assert "optimizer 5" in result["differing"]


def test_every_method_is_killed(benchmark):
    methods = benchmark("tiny_runs").METHODS
    modules = {"AugSelf", "ESSL", "EquiMod", "FT"}
    assert set(methods) == set(kc.methods.__all__) | modules

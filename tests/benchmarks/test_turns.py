"""Processes that take turns, and what both sides of a comparison share."""

import gzip

import keras
import numpy as np
import pytest

import keras_contrastive as kc
from tests.benchmarks.conftest import BENCHMARKS

SCRIPT = """
import json, sys
sys.path.append({benchmarks!r})
from turns import serve
told = json.loads(sys.argv[2])
runs = []
def run():
    runs.append(sum(range(1_000_000)))
    if len(runs) > told["most"]:
        raise SystemExit(3)
    return {{"run": len(runs), **told}}
serve(run)
print("x" * 100_000, flush=True)
if told["fails_at_end"]:
    raise SystemExit(4)
"""


@pytest.fixture
def worker(benchmark, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(benchmarks=str(BENCHMARKS)))

    def make(most, fails_at_end=False):
        arguments = {"most": most, "fails_at_end": fails_at_end}
        return benchmark("turns").Worker(str(script), arguments)

    return make


def test_workers_take_turns(worker):
    with worker(2) as first, worker(3) as second:
        answers = [each.run() for _ in range(2) for each in (first, second)]
    assert [x["run"] for x in answers] == [1, 1, 2, 2]
    assert [x["most"] for x in answers] == [2, 3, 2, 3]
    assert all(x["wall"] > 0 for x in answers)
    assert sum(x["cpu"] for x in answers) > 0


def test_worker_that_dies_is_told(worker):
    with (
        pytest.raises(RuntimeError, match="ended with code 3"),
        worker(1) as process,
    ):
        process.run()
        process.run()
        pytest.fail("the second run was answered")


def test_worker_that_fails_after_its_last_run_is_told(worker):
    with (
        pytest.raises(RuntimeError, match="ended with code 4"),
        worker(1, fails_at_end=True) as process,
    ):
        process.run()


@pytest.mark.parametrize("epochs", [1, 3])
def test_rates_of_both_sides_are_the_same(benchmark, epochs):
    task = benchmark("lightly_task")
    case = task.CASES["32 px"]
    budget = task.Budget(case, epochs)
    schedule = kc.schedules.warmup_cosine(
        budget.rate,
        num_images=case.images,
        batch_size=case.batch,
        epochs=epochs,
        warmup_epochs=budget.warmup_epochs,
    )
    steps = range(budget.steps + 1)
    expected = [float(schedule(step)) for step in steps]
    found = [budget.rate * budget.share(step) for step in steps]
    np.testing.assert_allclose(found, expected, atol=1e-9)
    assert max(found) == budget.rate


def test_small_images_have_a_border_and_three_equal_channels(
    benchmark, tmp_path
):
    task = benchmark("lightly_task")
    pixels = np.arange(3 * 28 * 28).astype("uint8")
    for name in ("train", "t10k"):
        for part, header, values in (
            ("images-idx3", 16, pixels),
            ("labels-idx1", 8, np.uint8([7, 2, 1])),
        ):
            packed = gzip.compress(bytes(header) + values.tobytes())
            (tmp_path / f"{name}-{part}-ubyte.gz").write_bytes(packed)
    data = task.small_images(task.CASES["quick"], tmp_path)
    images, labels = data["bank"]
    assert images.shape == (3, 32, 32, 3) and images.dtype == "uint8"
    inner = images[:, 2:-2, 2:-2]
    for channel in range(3):
        np.testing.assert_array_equal(inner[..., channel].ravel(), pixels)
    assert images.sum() == inner.sum()
    np.testing.assert_array_equal(labels, [7, 2, 1])


@pytest.mark.parametrize(
    "flags, kind", [("sse avx2", ", AVX2"), ("avx2 avx512f amx_tile", ", AMX")]
)
def test_processor_is_told_by_its_widest_instructions(
    benchmark, tmp_path, monkeypatch, flags, kind
):
    machine = benchmark("machine")
    path = tmp_path / "cpuinfo"
    path.write_text(f"model name\t: Some CPU\nflags\t\t: {flags}\n")
    monkeypatch.setattr(machine, "CPUINFO", path)
    assert machine.processor() == f"Some CPU{kind}"


def test_setting_names_backend_and_precision(benchmark):

    used = benchmark("machine").setting().split(", ")
    assert used[0] == keras.backend.backend()
    assert used[-1] == "float32"

"""The record of runs, and the search that chooses settings."""

import json

import pytest


@pytest.fixture
def runs(benchmark):
    return benchmark("runs")


@pytest.fixture
def methods(benchmark):
    return benchmark("methods")


def make(runs, **changes):
    values = {"row": "SimCLR", "data": "shapes", "side": 16, "seen": 100}
    values |= {"rate": 1e-3, "knob": None, "part": "test", "seed": 0}
    return runs.Run(**values | changes)


def test_what_is_there_is_not_run_again(runs, monkeypatch, tmp_path):
    begun = []

    def perform(run):
        begun.append(run)
        return {"knn": 0.5, "seconds": 3}

    monkeypatch.setattr(runs, "in_a_process", perform)
    path = tmp_path / "runs.json"
    first, other = make(runs), make(runs, seed=1)
    for _ in range(2):
        record = runs.Record(path)
        assert record.result(first)["knn"] == 0.5
    record.result(other)
    assert begun == [first, other]
    (kept, _) = json.loads(path.read_text())["runs"]
    assert kept["rate"] == 1e-3 and kept["batch"] == 256


def test_a_run_that_fails_tells_why(runs, monkeypatch):
    monkeypatch.setattr(runs.sys, "executable", "/bin/false")
    with pytest.raises(
        RuntimeError, match="SimCLR-shapes-16-100-.* has failed"
    ):
        runs.in_a_process(make(runs))


def test_validation_chooses_before_the_test(methods, monkeypatch, tmp_path):
    begun = []

    def perform(run):
        begun.append(run)
        knn = run.rate * 10 + (run.knob == 0.5)
        return {"knn": knn, "linear": 0.1, "seconds": 1}

    monkeypatch.setitem(
        methods.Record.result.__globals__, "in_a_process", perform
    )
    path = tmp_path / "methods.json"
    kind = "shapes", 16, 1000
    methods.complete("SimCLR, EquiMod", kind, methods.Record(path), seeds=2)
    searched, tested = begun[:5], begun[5:]
    assert {run.part for run in searched} == {"validation"}
    assert {run.row for run in searched} == {"SimCLR"}
    assert {run.seen for run in searched} == {500}
    assert {run.seed for run in searched} == {methods.SEARCH_SEED}
    assert [(run.part, run.seed) for run in tested] == [
        ("test", 0),
        ("test", 1),
    ]
    chosen = {"rate": max(methods.RATES), "knob": 0.5}
    assert json.loads(path.read_text())["settings"] == {
        "shapes, 16, 1000, SimCLR": chosen
    }
    assert {(run.rate, run.knob) for run in tested} == {tuple(chosen.values())}
    # The setting stands, whatever is tried later.
    record = methods.Record(path)
    methods.complete("SimCLR", kind, record, seeds=1)
    assert begun[7:] == [begun[-1]] and begun[-1].row == "SimCLR"


def test_seconds_before_an_interruption_count(benchmark, monkeypatch):
    one_run = benchmark("one_run")
    clock = iter([10.0, 17.0, 2.0, 3.0, 8.0])
    monkeypatch.setattr(one_run.time, "process_time", lambda: next(clock))
    state = one_run.Spent().get_state()
    later = one_run.Spent()
    later.set_state(state)
    assert later.before == 7.0
    assert later.seconds == 12.0

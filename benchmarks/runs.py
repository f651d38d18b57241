"""One training and what its encoder is worth; many, kept in a file.

A run is done in a process of its own, on one core, so that several stand side
by side. It keeps a `Checkpoint`, and its line in the file says with what, on
what and how long. What is there is not run again: a benchmark that was stopped
goes on from its file on any machine.
"""

import argparse
import concurrent.futures
import dataclasses
import datetime
import json
import os
import pathlib
import shutil
import subprocess
import sys
import threading
import time

from results import write_results

HERE = pathlib.Path(__file__).parent
CHECKPOINTS = HERE.parent / "build" / "runs"
LIMITS = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")


@dataclasses.dataclass(frozen=True)
class Run:
    """One training.

    Attributes:
        row: Name of a row of `method_rows` or of `claim_rows`.
        data: Name of a data set of `pictures`.
        side: Pixels.
        seen: Images seen in training, each in all its views.
        rate: Learning rate after the warm-up, by which AdamW moves.
        knob: Value of the row's own knob.
        part: `"validation"` or `"test"`.
        seed: Of weights, views and order.
        batch: Images a step.
    """

    row: str
    data: str
    side: int
    seen: int
    rate: float | None
    knob: float | None
    part: str
    seed: int
    batch: int = 256

    @property
    def name(self):
        values = dataclasses.astuple(self)
        return "-".join(map(str, values)).replace(" ", "_").replace(",", "")


class Record:
    """The runs that a file holds, as dictionaries."""

    def __init__(self, path, quick=False):
        self.path, self.quick = path, quick
        self.lock = threading.Lock()
        found = path.exists() and not quick
        self.content = json.loads(path.read_text()) if found else {}
        self.runs = self.content.setdefault("runs", [])
        self.settings = self.content.setdefault("settings", {})

    def find(self, run):
        wanted = dataclasses.asdict(run)
        for found in self.runs:
            if wanted.items() <= found.items():
                return found
        return None

    def add(self, run, results):
        with self.lock:
            self.runs.append({**dataclasses.asdict(run), **results})
            self.write()

    def choose(self, name, setting):
        """Writes down a setting, which stands from then on."""
        with self.lock:
            setting = self.settings.setdefault(name, setting)
            self.write()
        return setting

    def write(self):
        if not self.quick:
            write_results(self.path, self.content)

    def result(self, run):
        """What a run has found, or now finds."""
        found = self.find(run)
        if found is None:
            self.add(run, in_a_process(run))
            found = self.find(run)
            accuracy = f"{found['knn']:.2%} {found.get('linear', '')}"
            print(f"{run.name}: {accuracy}, {found['seconds']} s", flush=True)
        return found


def in_a_process(run):
    """Does a run on one core, and returns what it prints last."""
    limits = dict.fromkeys(LIMITS, "1")
    command = [sys.executable, __file__, json.dumps(dataclasses.asdict(run))]
    done = subprocess.run(
        command, env={**os.environ, **limits}, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(f"{run.name} has failed:\n{done.stderr[-4000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def side_by_side(work, items, workers):
    """Calls `work` with each of the items, several at a time."""
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        for task in [pool.submit(work, item) for item in items]:
            task.result()


def place():
    """Commit, machine and versions."""
    import keras
    from machine import processor, versions

    def git(*words):
        done = subprocess.run(
            ["git", *words], cwd=HERE, capture_output=True, text=True
        )
        return done.stdout.strip()

    changed = git("status", "--porcelain", "--untracked-files=no", "..")
    changed = [x for x in changed.splitlines() if not x.endswith(".json")]
    backend = keras.backend.backend()
    names = versions()
    return {
        "commit": git("rev-parse", "--short", "HEAD") + "+" * bool(changed),
        "processor": processor(),
        "versions": f"Keras {keras.__version__}, {backend} "
        + names.get(backend, names.get(f"{backend}_cpu", "")),
        "date": datetime.date.today().isoformat(),
    }


def perform(run):
    """Trains, evaluates, and returns what was found."""
    import keras
    from claim_rows import rows
    from one_run import accuracies, train

    begun, processor = time.perf_counter(), time.process_time()
    keras.utils.set_random_seed(run.seed)
    folder = CHECKPOINTS / run.name
    row = rows()[run.row]
    encoder, found = train(row, run, folder)
    before = found.pop("seconds_before", 0)
    found = {**found, **accuracies(row, encoder, run)}
    shutil.rmtree(folder, ignore_errors=True)
    return {
        **found,
        "seconds": round(before + time.process_time() - processor),
        "elapsed": round(time.perf_counter() - begun),
        **place(),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", help="a run, as JSON")
    run = Run(**json.loads(parser.parse_args().run))
    print(json.dumps(perform(run)))


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    main()

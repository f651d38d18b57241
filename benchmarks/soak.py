"""Memory of a long training with all callbacks: does it grow?

KERAS_BACKEND=jax python benchmarks/soak.py [--method MoCo] [--steps 2000]
    [--no-recorder] [--quick]

A run of `tiny_runs.py`, epochs of six steps, with `Checkpoint` every 100
steps, `ScoreRecorder`, `KNNProbe`, `CollapseGuard` and `FiniteGuard`, which
takes back a step of each epoch. Resident memory is read every 20 steps; its
growth per 1,000 steps is the slope of a line through what was read after the
first 500, in which everything is compiled and the allocators have found their
size. What the recorder keeps of each step is part of it, as are the copies
that `Checkpoint` makes of that while it writes a file; `--no-recorder` goes
without. Results enter `benchmarks/soak.json`.
"""

import argparse
import json
import os
import pathlib
import platform
import tempfile
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

import keras
import numpy as np
from machine import setting
from tiny_runs import METHODS, STEPS, Run

import keras_contrastive as kc

RESULTS = pathlib.Path(__file__).with_name("soak.json")


class Memory(keras.callbacks.Callback):
    """Reads the resident memory every `every_steps` steps, in MiB."""

    def __init__(self, every_steps):
        super().__init__()
        self.every_steps, self.step, self.read = every_steps, 0, []

    def on_train_batch_begin(self, batch, logs=None):
        if self.step % self.every_steps == 0:
            self.read.append((self.step, resident()))
        self.step += 1


def resident():
    pages = int(pathlib.Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def soak(method, steps, warmup, has_recorder):
    run = Run(method, epochs=-(-steps // STEPS))
    if not has_recorder:
        run.callbacks.remove(run.recorder)
    memory = Memory(every_steps=20)
    begin = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        checkpoint = kc.callbacks.Checkpoint(
            folder, every_steps=min(100, steps)
        )
        run.fit([checkpoint, memory])
        (newest, *_) = sorted(pathlib.Path(folder).glob("*.npz"), reverse=True)
        file_size = newest.stat().st_size
    counted = [(step, mib) for step, mib in memory.read if step >= warmup]
    slope, _ = np.polyfit(*np.transpose(counted), 1)
    kept = sum(rows.nbytes for rows in run.recorder.records.values())
    return {
        "method": method,
        "steps": memory.step,
        "warmup_steps": warmup,
        "mib_at_start": round(memory.read[0][1], 1),
        "mib_after_warmup": round(counted[0][1], 1),
        "mib_at_end": round(counted[-1][1], 1),
        "mib_per_1000_steps": round(1000 * slope, 2),
        "mib_of_records_per_1000_steps": round(
            1000 * kept / memory.step / 2**20, 2
        ),
        "mib_of_last_file": round(file_size / 2**20, 2),
        "seconds": round(time.perf_counter() - begin),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--method", choices=METHODS, default="MoCo")
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--no-recorder", action="store_true")
    parser.add_argument("--quick", action="store_true", help="a smoke test")
    options = parser.parse_args()
    print(setting(), flush=True)
    steps, warmup = (120, 40) if options.quick else (options.steps, 500)
    found = soak(options.method, steps, warmup, not options.no_recorder)
    key = keras.backend.backend()
    if options.no_recorder:
        key += ", no recorder"
    found["set_up"] = (
        f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} CPU cores, Python "
        f"{platform.python_version()}, Keras {keras.__version__}"
    )
    if not options.quick:
        known = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
        known[key] = found
        RESULTS.write_text(json.dumps(known, indent=1) + "\n")
    print(json.dumps({key: found}))


if __name__ == "__main__":
    main()

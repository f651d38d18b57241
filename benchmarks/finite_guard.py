"""What `FiniteGuard` adds to a training step on a CPU.

python benchmarks/finite_guard.py [--repeats 7] [--steps 6]

SimCLR with a ResNet-18 of width 16 trains on batches of 64 uint8 images of 32
pixels. The same compiled model trains with and without the guard in turn. The
medians of the CPU seconds of a step, which others on the machine disturb less
than the time on the clock, and their ratio enter
`benchmarks/finite_guard.json` under the name of the backend.
"""

import argparse
import json
import os
import pathlib
import statistics
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
# Otherwise most CPU seconds of PyTorch are those of threads that wait.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import keras
import numpy as np
from machine import setting
from results import write_results

import keras_contrastive as kc

RESULTS = pathlib.Path(__file__).with_suffix(".json")
SIZE, BATCH = 32, 64


def measure(steps, repeats):
    rng = np.random.default_rng(0)
    count = steps * BATCH
    images = rng.integers(0, 256, (count, SIZE, SIZE, 3), "uint8")
    data = kc.data.from_arrays(images, batch_size=BATCH)
    encoder = kc.encoders.ResNet18((SIZE, SIZE, 3), width=16)
    views = kc.views.simclr(SIZE, strength=0.5, blur=False, seed=0)
    model = kc.SimCLR(encoder, views)
    model.compile(keras.optimizers.SGD(1e-3, momentum=0.9))

    def cpu_seconds(*callbacks):
        start = time.process_time()
        model.fit(data, verbose=0, callbacks=list(callbacks))
        return (time.process_time() - start) / steps

    def guarded():
        return cpu_seconds(kc.callbacks.FiniteGuard("rollback"))

    cpu_seconds(), guarded()  # compiles
    both = [(cpu_seconds(), guarded()) for _ in range(repeats)]
    alone, with_guard = map(statistics.median, zip(*both, strict=True))
    return {
        "alone": round(alone, 4),
        "guarded": round(with_guard, 4),
        "ratio": round(with_guard / alone, 3),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--steps", type=int, default=6)
    options = parser.parse_args()
    print(setting(), flush=True)
    found = measure(options.steps, options.repeats)
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    backend = keras.backend.backend()
    results[backend] = {**found, "keras": keras.__version__}
    write_results(RESULTS, dict(sorted(results.items())))
    print(json.dumps({backend: found}))


if __name__ == "__main__":
    main()

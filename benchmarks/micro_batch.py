"""Memory and time of a step with `micro_batch`, against one without.

KERAS_BACKEND=... python benchmarks/micro_batch.py [--quick] [--again]

SimCLR with a ResNet-18 of width 16 on 32 pixels. Each case has a process of
its own, whose peak memory is that of the step and of all that TensorFlow, JAX
or PyTorch take for themselves ("start"). Kept
in micro_batch.json, and gone on from there.
"""

import argparse
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import time

SIZE, WIDTH, MICRO_BATCH = 32, 16, 256
CASES = [(1024, None), (1024, MICRO_BATCH), (4096, MICRO_BATCH)]
PATH = pathlib.Path(__file__).with_suffix(".json")


def train(batch, micro_batch, steps):
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    import keras
    import numpy as np
    from machine import setting

    import keras_contrastive as kc

    model = kc.SimCLR(
        kc.encoders.ResNet18((SIZE, SIZE, 3), width=WIDTH),
        kc.views.simclr(SIZE, strength=0.5, blur=False, seed=0),
    )
    model.compile(
        keras.optimizers.SGD(1e-3, momentum=0.9), micro_batch=micro_batch
    )
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (batch, SIZE, SIZE, 3), "uint8")
    start, seconds = peak_gib(), []
    for _ in range(1 + steps):
        begun = time.perf_counter()
        model.fit(images, batch_size=batch, shuffle=False, verbose=0)
        seconds.append(time.perf_counter() - begun)
    return {
        "first_s": seconds[0],
        "step_s": statistics.median(seconds[1:]),
        "start_gib": start,
        "peak_gib": peak_gib(),
        "used": setting(),
    }


def peak_gib():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--again", action="store_true", help="measure anew")
    parser.add_argument("--case", type=json.loads, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.case:
        print(json.dumps(train(*arguments.case)))
        return
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    cases = [(64, None), (64, 16)] if arguments.quick else CASES
    kept = json.loads(PATH.read_text()) if PATH.exists() else {}
    if arguments.again or arguments.quick:
        kept[backend] = {}
    found = kept.setdefault(backend, {})
    for batch, micro_batch in cases:
        name = f"{batch} by {micro_batch or batch}"
        if name not in found:
            found[name] = in_own_process([batch, micro_batch, 2])
            found[name]["date"] = time.strftime("%Y-%m-%d")
        print(backend, name, found[name], flush=True)
        if not arguments.quick:
            PATH.write_text(json.dumps(kept, indent=1) + "\n")
    print(json.dumps(found))


def in_own_process(case):
    done = subprocess.run(
        [sys.executable, __file__, "--case", json.dumps(case)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    main()

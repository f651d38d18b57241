"""The fastest setting of the processor that this runs on.

python benchmarks/processor.py [--quick] [--again]

A step of SimCLR, ResNet-18 of width 16, on 256 images of 32 pixels, through
`fit`. Each setting has a process of its own, which takes turns with one of
TensorFlow as it comes. Images a second on the clock, and of the CPU seconds of
all threads, which other work on the machine disturbs less; each in brackets
over TensorFlow as it comes, medians of the same turns. The first step, which
compiles, is left out. Bound to one core, no thread waits for another.

Results enter `benchmarks/processor.json` under the name of the processor, from
which the page on benchmarks is written. What is there is not measured again,
except with `--again`.
"""

import argparse
import json
import os
import pathlib
import statistics
import time

from machine import cores, processor, setting, versions
from results import write_results
from turns import Worker, serve

RESULTS = pathlib.Path(__file__).with_suffix(".json")
SIZE, BATCH, STEPS = 32, 256, 2
DEFAULT = {"backend": "tensorflow", "precision": "float32"}
ONEDNN = {"onednn": "1"}
ONE = {"one_core": True}
BFLOAT16 = {"precision": "mixed_bfloat16"}
SETTINGS = {
    "TensorFlow, oneDNN on": ONEDNN,
    "TensorFlow, oneDNN off": {"onednn": "0"},
    "TensorFlow, oneDNN on, XLA": {**ONEDNN, "jit_compile": True},
    "TensorFlow, oneDNN on, bfloat16": {**ONEDNN, **BFLOAT16},
    "TensorFlow, oneDNN on, one core": {**ONEDNN, **ONE},
    "PyTorch": {"backend": "torch"},
    "PyTorch, bfloat16": {"backend": "torch", **BFLOAT16},
    "PyTorch, one core": {"backend": "torch", **ONE},
    "JAX": {"backend": "jax"},
    "JAX, one core": {"backend": "jax", **ONE},
}


def work(backend, precision, jit_compile="auto"):
    import keras
    import numpy as np

    import keras_contrastive as kc

    keras.config.set_dtype_policy(precision)
    model = kc.SimCLR(
        kc.encoders.ResNet18((SIZE, SIZE, 3), width=16),
        kc.views.simclr(SIZE, strength=0.5, blur=False, seed=0),
    )
    optimizer = keras.optimizers.SGD(1e-3, momentum=0.9)
    model.compile(optimizer, jit_compile=jit_compile)
    rng = np.random.default_rng(0)
    shape = STEPS * BATCH, SIZE, SIZE, 3
    images = rng.integers(0, 256, shape, "uint8")

    def run():
        model.fit(images, batch_size=BATCH, verbose=0)
        return {"used": setting(), "jit_compile": bool(model.jit_compile)}

    serve(run)


def worker(changes):
    arguments = {**DEFAULT, **changes}
    one_core = arguments.pop("one_core", False)
    environment = {
        "KERAS_BACKEND": arguments["backend"],
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_ENABLE_ONEDNN_OPTS": arguments.pop("onednn", None),
    }
    return Worker(__file__, arguments, environment, one_core)


def measure(changes, turns):
    """A setting beside the default: rates of both, and their ratios."""
    with worker({}) as default, worker(changes) as other:
        first = default.run(), other.run()
        seconds = [(default.run(), other.run()) for _ in range(turns)]
    rates = [
        {
            clock: STEPS * BATCH / statistics.median(run[clock] for run in runs)
            for clock in ("wall", "cpu")
        }
        for runs in zip(*seconds, strict=True)
    ]
    found = {
        "used": first[1]["used"],
        "jit_compile": first[1]["jit_compile"],
        "default": first[0]["used"],
        "default_jit_compile": first[0]["jit_compile"],
    }
    for clock in ("wall", "cpu"):
        before, after = (rate[clock] for rate in rates)
        found[clock] = round(after, 1)
        found[f"{clock}_of_default"] = round(before, 1)
        found[f"{clock}_ratio"] = round(after / before, 2)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one setting")
    parser.add_argument("--again", action="store_true", help="measure anew")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--worker", type=json.loads, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker is not None:
        work(**options.worker)
        return
    kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    name = processor()
    print(f"{name}, {cores()} cores")
    if options.again or options.quick:
        kept[name] = {}
    found = kept.setdefault(name, {})
    for title in list(SETTINGS)[-1:] if options.quick else SETTINGS:
        if title not in found:
            row = measure(SETTINGS[title], options.turns)
            row |= {
                "date": time.strftime("%Y-%m-%d"),
                "cores": cores(),
                "load": round(os.getloadavg()[0], 1),
                "versions": versions(),
            }
            found[title] = row
            if not options.quick:
                write_results(RESULTS, kept)
        row = found[title]
        print(
            f"{title}: {row['wall']} images/s ({row['wall_ratio']:.2f} x), "
            f"of CPU seconds {row['cpu']} ({row['cpu_ratio']:.2f} x); "
            f"{row['used']}",
            flush=True,
        )
    ratios = {title: row["wall_ratio"] for title, row in found.items()}
    print(json.dumps({"over TensorFlow as it comes": ratios}))


if __name__ == "__main__":
    main()

"""How time and memory grow with the batch, a queue, a bank and a set of images.

KERAS_BACKEND=... python benchmarks/growth.py [--quick]

A tiny encoder of 8 x 8 pixels and 128 units, so that little else takes time.
CPU seconds of a step, median of 5 after the first two, and the memory of the
process at its peak beside what it held with imports alone; each size in a
process of its own. The exponent is that between the two largest sizes: 1 if
doubling doubles. Kept in growth.json, by backend.
"""

import argparse
import json
import math
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from results import write_results

import keras_contrastive as kc

PATH = pathlib.Path(__file__).with_suffix(".json")
UNITS, BATCH = 128, 256
SIZES = {
    "batch": [1024, 4096, 8192],
    "queue": [2**14, 2**16, 2**18],
    "bank": [2**16, 2**18, 2**20],
    "images": [2**14, 2**16, 2**18],
}
QUICK = {
    "batch": [64, 128],
    "queue": [256, 512],
    "bank": [256, 512],
    "images": [256, 512],
}


def encoder():
    return keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            keras.layers.Flatten(),
            keras.layers.Dense(UNITS),
        ]
    )


def model_and_batch(what, size):
    """A model that takes ready views, and a batch of them."""
    head = keras.layers.Dense(UNITS)
    count = size if what == "batch" else min(BATCH, size)
    views = np.random.default_rng(0).random((2, count, 8, 8, 3), "float32")
    if what == "queue":
        return kc.MoCo(encoder(), projector=head, queue_size=size), tuple(views)
    if what == "bank":
        model = kc.InstDis(
            encoder(),
            projector=head,
            num_images=size,
            num_negatives=min(4096, size // 2),
        )
        index = np.arange(count, dtype="int32")
        return model, {"images": views[0], "index": index}
    return kc.SimCLR(encoder(), projector=head), tuple(views)


def measure_steps(what, size):
    begun, clock = gib(), time.process_time()
    model, batch = model_and_batch(what, size)
    model.compile(keras.optimizers.SGD(0.01, momentum=0.9))
    seconds = []
    for _ in range(7):
        model.train_on_batch(batch)
        seconds.append(time.process_time() - clock)
        clock = time.process_time()
    return {
        "first_step": seconds[0],
        "seconds": statistics.median(seconds[2:]),
        "gib": gib() - begun,
    }


def measure_images(size):
    """k-NN of 256 images among so many, of features that are ready."""
    rng = np.random.default_rng(0)
    bank = rng.normal(size=(size, UNITS)).astype("float32")
    queries = rng.normal(size=(BATCH, UNITS)).astype("float32")
    labels = np.arange(size) % 10
    begun, seconds = gib(), []
    for _ in range(4):
        clock = time.process_time()
        kc.evaluation.knn_predict(bank, labels, queries, k=20)
        seconds.append(time.process_time() - clock)
    return {
        "first_step": seconds[0],
        "seconds": statistics.median(seconds[1:]),
        "gib": gib() - begun,
    }


def gib():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def exponent(values, sizes):
    first, second = values[-2:]
    if min(first, second) <= 0:
        return None
    growth = math.log(second / first) / math.log(sizes[-1] / sizes[-2])
    return round(growth, 2)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", choices=SIZES, help="of these alone")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        what, size = options.one[0], int(options.one[1])
        found = (
            measure_images(size)
            if what == "images"
            else measure_steps(what, size)
        )
        print(json.dumps({name: round(x, 4) for name, x in found.items()}))
        return
    found = {}
    for what, sizes in (QUICK if options.quick else SIZES).items():
        if options.only not in (None, what):
            continue
        rows = []
        for size in sizes:
            command = [sys.executable, __file__, "--one", what, str(size)]
            printed = subprocess.run(
                command, check=True, stdout=subprocess.PIPE, text=True
            ).stdout
            rows.append(json.loads(printed.splitlines()[-1]))
        found[what] = {
            "sizes": sizes,
            **{name: [row[name] for row in rows] for name in rows[0]},
        }
        found[what]["exponents"] = {
            name: exponent(found[what][name], sizes) for name in rows[0]
        }
        print(what, json.dumps(found[what]), flush=True)
    if not options.quick:
        kept = json.loads(PATH.read_text()) if PATH.exists() else {}
        date = {"date": time.strftime("%Y-%m-%d")}
        name = keras.backend.backend()
        kept[name] = kept.get(name, {}) | found | date
        write_results(PATH, kept)


if __name__ == "__main__":
    main()

"""Seconds of an epoch of `fit`, by where the images are.

KERAS_BACKEND=... python benchmarks/on_device.py [--quick] [--steps 16]
    [--repeats 7]

SimCLR with a `SmallCNN` of width 8 trains on batches of 256 uint8 images: those
of an array that `fit` gets, of `from_arrays`, and of `on_device`. One compiled
model trains on all of them in turn; the figures are medians, and ratios to
`on_device`. On a GPU, of TensorFlow, JAX or PyTorch, nothing is to be changed.
"""

import argparse
import json
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

import keras
import numpy as np
from machine import setting
from timing import median_seconds

import keras_contrastive as kc

BATCH = 256


def measure(size, steps, repeats):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (steps * BATCH, size, size, 3), "uint8")
    host = kc.data.from_arrays(images, batch_size=BATCH)
    device = kc.data.on_device(host)
    model = kc.SimCLR(
        kc.encoders.SmallCNN((size, size, 3), width=8),
        kc.views.simclr(size, strength=0.5, blur=False, seed=0),
    )
    model.compile(keras.optimizers.SGD(1e-3, momentum=0.9))
    seconds = median_seconds(
        {
            "arrays": lambda: model.fit(images, batch_size=BATCH, verbose=0),
            "from_arrays": lambda: model.fit(host, verbose=0),
            "on_device": lambda: model.fit(device, verbose=0),
        },
        repeats,
    )
    found = {name: round(value, 4) for name, value in seconds.items()}
    for name in ("arrays", "from_arrays"):
        ratio = seconds[name] / seconds["on_device"]
        found[f"{name} / on_device"] = round(ratio, 3)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--steps", type=int, default=16)
    parser.add_argument("--repeats", type=int, default=7)
    arguments = parser.parse_args()
    print(setting(), flush=True)
    steps, repeats = arguments.steps, arguments.repeats
    if arguments.quick:
        steps, repeats = 2, 1
    found = {"backend": keras.backend.backend(), "steps": steps}
    for size in (16, 32):
        found[f"{size} px"] = measure(size, steps, repeats)
        print(f"{size} px", found[f"{size} px"], flush=True)
    print(json.dumps(found))


if __name__ == "__main__":
    main()

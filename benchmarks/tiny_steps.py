"""First and later steps of every method over those of a bare encoder.

KERAS_BACKEND=jax python benchmarks/tiny_steps.py [--methods SimCLR MoCo ...]
    [--repeats 5]

Models of `tiny_runs.py`, 64 images of 16 pixels, through `fit`. The first step
makes the weights, traces and compiles. The bare encoder is fitted to zeros, on
as many ready images as a method of two views encodes; what a process does once
at its start, other models have done before. A later step of models so small is
mostly what a framework takes to call operations: the ratio shows what a method
adds to that. `step.py` measures it for a real encoder.

The last line holds seconds of the encoder and, for each method, the ratios.
"""

import argparse
import json
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tiny_runs
from through_fit import Training, step_seconds

SIDE, BATCH, STEPS = 16, 64, 8


class Setting(tiny_runs.Setting):
    def __init__(self):
        super().__init__()
        self.side, self.num_images = SIDE, BATCH


def bare():
    encoder = Setting().encoder()
    images = np.random.default_rng(0).random((2 * BATCH, SIDE, SIDE, 3))
    target = np.zeros((2 * BATCH, encoder.output_shape[-1]), "float32")
    return compiled(encoder, images.astype("float32"), target, loss="mse")


def method(name):
    model = tiny_runs.METHODS[name](Setting())
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (BATCH, SIDE, SIDE, 3), "uint8")
    if model.needs_index:
        x = {"images": x, "index": np.arange(BATCH)}
    return compiled(model, x, np.arange(BATCH) % 3)


def compiled(model, x, y, **kwargs):
    model.compile(keras.optimizers.SGD(1e-3, momentum=0.9), **kwargs)
    return Training(model, x, y, STEPS)


def measure(names, repeats):
    for warm_up in (bare(), method(names[0])):
        warm_up.first_step()
    encoder = bare()
    found = {"encoder": {"first_step": encoder.first_step()}}
    for name in names:
        training = method(name)
        first = training.first_step()
        seconds = step_seconds({"encoder": encoder, name: training}, repeats)
        found["encoder"].setdefault("step", seconds["encoder"])
        found[name] = {
            "first_step": first / found["encoder"]["first_step"],
            "step": seconds[name] / seconds["encoder"],
        }
    return {
        name: {key: float(f"{value:.3g}") for key, value in row.items()}
        for name, row in found.items()
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    known = [*tiny_runs.METHODS]
    parser.add_argument("--methods", nargs="+", choices=known, default=known)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    print(json.dumps(measure(options.methods, options.repeats)))


if __name__ == "__main__":
    main()

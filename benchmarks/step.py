"""What contrast adds to a training step: time over a bare encoder step.

KERAS_BACKEND=tensorflow python benchmarks/step.py [--quick] [--batch 256]
    [--precision mixed_bfloat16]

The full step takes uint8 images of 32 pixels, makes two views of each in the
model, encodes them, projects, compares and updates. The bare step passes twice
as many ready float images through the same ResNet-18 with a trivial loss and
updates, with the same optimizer and compile mode. Both are taken by `fit`, in
epochs of a few steps, in turn; their first steps, which compile, apart. Each
width has a process of its own, so that its peak memory can be read.
"""

import argparse
import json
import os
import resource
import subprocess
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

import keras
import numpy as np
from machine import setting
from through_fit import Training, step_seconds
from timing import median_seconds

import keras_contrastive as kc
from keras_contrastive._keras_internals import layers_of
from keras_contrastive.layers._batch_statistics import use_batch_statistics

SIZE, STEPS = 32, 3


def measure(width, batch, repeats):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (batch, SIZE, SIZE, 3), "uint8")
    ready = rng.random((2 * batch, SIZE, SIZE, 3), "float32")

    bare = kc.encoders.ResNet18((SIZE, SIZE, 3), width=width)
    # As a model of this package has it, faster on TensorFlow's CPUs.
    use_batch_statistics(layers_of(bare))
    bare.compile(keras.optimizers.SGD(1e-3, momentum=0.9), loss="mse")
    target = np.zeros((2 * batch, bare.output_shape[-1]), "float32")
    encoder = kc.encoders.ResNet18((SIZE, SIZE, 3), width=width)
    views = kc.views.simclr(SIZE, strength=0.5, blur=False, seed=0)
    full = kc.SimCLR(encoder, views)
    full.compile(keras.optimizers.SGD(1e-3, momentum=0.9))

    trainings = {
        "bare": Training(bare, ready, target, STEPS),
        "full": Training(full, images, steps=STEPS),
    }
    first, gib = {}, {}
    for name, training in trainings.items():
        first[f"first_{name}"] = training.first_step()
        gib[f"{name}_gib"] = peak_gib()
    seconds = step_seconds(trainings, repeats)
    runs = {"views": compiled_views(views, images)}
    return {
        **seconds,
        **median_seconds(runs, repeats),
        **first,
        **gib,
        "ratio": seconds["full"] / seconds["bare"],
    }


def compiled_views(views, images):
    """The views as they stand in the step, without the rest of it.

    Their step is a variable or an argument: from a constant, draws could be
    computed once and for all while compiling.
    """
    if keras.backend.backend() == "torch":
        return lambda: keras.ops.convert_to_numpy(
            views(images, training=True)[0]
        )
    if keras.backend.backend() == "jax":
        import jax

        @jax.jit
        def call(batch, step):
            draws = views.draw(len(batch), batch.shape[1:], step)
            return views.replay(batch, draws)

        return lambda: jax.block_until_ready(call(images, 1))
    import tensorflow as tf

    call = tf.function(lambda batch: views(batch, training=True))
    batch = tf.constant(images)
    return lambda: [view.numpy() for view in call(batch)]


def peak_gib():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


COLUMNS = {
    "bare": 8,
    "full": 8,
    "views": 9,
    "ratio": 7,
    "first_bare": 12,
    "first_full": 12,
    "bare_gib": 10,
    "full_gib": 10,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="width 16 and batch 32"
    )
    parser.add_argument("--batch", type=int)
    parser.add_argument("--precision", default="float32")
    parser.add_argument("--width", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    batch = options.batch or (32 if options.quick else 256)
    keras.config.set_dtype_policy(options.precision)
    if options.width:
        repeats = 3 if options.quick else 5
        print(json.dumps(measure(options.width, batch, repeats)))
        return
    print(f"{setting()}, batch {batch}; seconds and GiB")
    print("width" + "".join(f"{name:>{n}}" for name, n in COLUMNS.items()))
    found = {}
    for width in (16,) if options.quick else (16, 64):
        command = [sys.executable, *sys.argv, "--width", str(width)]
        printed = subprocess.run(
            command, check=True, stdout=subprocess.PIPE, text=True
        ).stdout
        row = json.loads(printed.splitlines()[-1])
        cells = [f"{row[name]:{n}.3f}" for name, n in COLUMNS.items()]
        print(f"{width:5}" + "".join(cells))
        found[width] = {name: float(f"{row[name]:.3g}") for name in COLUMNS}
    print(
        json.dumps(
            {"backend": keras.backend.backend(), "batch": batch, "width": found}
        )
    )


if __name__ == "__main__":
    main()

"""RandAugment and blur, beside their alternatives, in turns.

KERAS_BACKEND=jax python benchmarks/rand_augment.py [--quick]
    [--sizes 32 96 224]

Views per second of `RandAugment`, two views of uint8 images, as they run in a
model: `jax.jit`, or one XLA program of TensorFlow. Beside it keras-cv's, in a
`tf.function`, as `infomin(rand_augment="keras_cv")` sets it. Then a blur of
ready planes by shifts and by matrices, each in one XLA program. Medians; the
last line holds the ratios.
"""

import argparse
import itertools
import json
import os

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf
from keras_cv.src.backend.scope import TFDataScope
from timing import median_seconds

import keras_contrastive as kc
from keras_contrastive.views.recipes._infomin import keras_cv_rand_augment
from keras_contrastive.views.transforms._blur import (
    blur_by_matrices,
    blur_by_shifts,
)

BATCH = {32: 256, 96: 64, 224: 16}


def compiled(function, xla=True):
    """One program of tensors, as a function of arrays."""
    if keras.backend.backend() == "jax":
        import jax

        program = jax.jit(function)
    else:
        program = tf.function(function, jit_compile=xla)
    to_array = keras.ops.convert_to_numpy
    return lambda *args: keras.tree.map_structure(to_array, program(*args))


def rand_augment(images):
    """Runs of ours and of keras-cv's, and the views that each makes."""
    layer = keras_cv_rand_augment()

    @tf.function
    def theirs(images):
        with TFDataScope():
            return tf.cast(layer(images, training=True), "float32") / 255

    pipelines = [kc.views.Pipeline([kc.views.RandAugment()])] * 2
    views = kc.views.MultiView(pipelines, seed=0)
    steps = itertools.count(1)

    def make_views(images, step):
        draws = views.draw(len(images), images.shape[1:], step)
        return views.replay(images, draws)

    # On TensorFlow the views are an XLA program within the step.
    ours = compiled(make_views, xla=None)
    runs = {
        "ours": lambda: ours(images, np.int32(next(steps))),
        "keras-cv": lambda: theirs(images).numpy(),
    }
    return runs, {"ours": 2, "keras-cv": 1}


def blur(images):
    planes = np.moveaxis(images, 3, 1).astype("float32") / 255
    sigma = np.linspace(0.1, 2, len(images), dtype="float32")
    radius = images.shape[1] // 20

    def run_of(form):
        program = compiled(lambda planes, sigma: form(planes, sigma, radius))
        return lambda: program(planes, sigma)

    forms = {"shifts": blur_by_shifts, "matrices": blur_by_matrices}
    runs = {name: run_of(form) for name, form in forms.items()}
    return runs, dict.fromkeys(runs, 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="32 pixels")
    parser.add_argument("--sizes", nargs="+", type=int, choices=BATCH)
    parser.add_argument("--repeats", type=int, default=9)
    options = parser.parse_args()
    sizes = options.sizes or ([32] if options.quick else [*BATCH])
    ratios = {}
    for size in sizes:
        rng = np.random.default_rng(0)
        images = rng.integers(0, 256, (BATCH[size], size, size, 3), "uint8")
        for name, make in {"RandAugment": rand_augment, "blur": blur}.items():
            runs, views = make(images)
            seconds = median_seconds(runs, options.repeats)
            rates = {k: views[k] * len(images) / seconds[k] for k in runs}
            first, second = rates.values()
            ratios[f"{name}@{size}"] = round(first / second, 2)
            print(name, size, {k: round(rate) for k, rate in rates.items()})
    print(json.dumps({"backend": keras.backend.backend(), "ratios": ratios}))


if __name__ == "__main__":
    main()

"""Images per second of the views of every paper, beside keras-cv and Keras.

python benchmarks/views.py [--quick] [--recipes simclr byol ...]
    [--sizes 32 96 224]

Each recipe runs as a whole, from uint8 images of the size of its views to
float32 views; all views of a call count. Then each transform makes two views
alone. The layers of keras-cv and of Keras make the first view of the same
recipe (`keras_policies.py`). Ours run as they do in a model, which on
TensorFlow is one XLA program; as a plain graph; eagerly; on the host in
`tf.data`, four batches at once; and, in processes of their own, compiled by
JAX and on PyTorch. Modes and libraries take turns, and medians are compared.

Rates enter `benchmarks/views.json`, from which the page on benchmarks is
written.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

import keras
import numpy as np
from machine import setting
from results import write_results
from timing import median_seconds

import keras_contrastive as kc

RESULTS = pathlib.Path(__file__).with_name("views.json")
RECIPES = {
    "simclr": lambda size: kc.views.simclr(
        size, seed=0, **({"strength": 0.5, "blur": False} if size < 64 else {})
    ),
    "moco_v1": lambda size: kc.views.moco_v1(size, seed=0),
    "moco_v2": lambda size: kc.views.moco_v2(size, seed=0),
    "byol": lambda size: kc.views.byol(size, seed=0),
    "mio": lambda size: kc.views.mio(size, seed=0),
    "equimod": lambda size: kc.views.equimod(
        size, dataset="cifar10" if size < 64 else "imagenet", seed=0
    ),
    "infomin": lambda size: kc.views.infomin(
        size, rand_augment="keras_cv", jigsaw=False, seed=0
    ),
    "multi_crop": lambda size: kc.views.multi_crop(
        size, local_size=size // 2, num_local=2, seed=0
    ),
    "pirl": lambda size: kc.views.pirl(
        size, jigsaw_size=size, patch_size=size // 4, seed=0
    ),
    "cmc": lambda size: kc.views.cmc(size, seed=0),
    "cpc": lambda size: kc.views.cpc(
        size, patch_size=size // 4, stride=size // 8, crop=None, seed=0
    ),
}
TRANSFORMS = {
    "RandomResizedCrop": kc.views.RandomResizedCrop,
    "ColorJitter": lambda size: kc.views.ColorJitter(0.4, 0.4, 0.4, 0.1),
    "Grayscale": lambda size: kc.views.Grayscale(probability=0.2),
    "GaussianBlur": lambda size: kc.views.GaussianBlur(probability=0.5),
    "Solarize": lambda size: kc.views.Solarize(probability=0.2),
    "QuarterTurns": lambda size: kc.views.QuarterTurns(),
    "ColorSpace(lab)": lambda size: kc.views.ColorSpace("lab"),
    "Normalize": lambda size: kc.views.Normalize(0.5, 0.25),
    "ChannelSplit": lambda size: kc.views.ChannelSplit(),
    "FrequencySplit": lambda size: kc.views.FrequencySplit(1.0),
    "PatchPair": lambda size: kc.views.PatchPair(size // 4, size // 2),
    "PatchGrid": lambda size: kc.views.PatchGrid(size // 4, size // 8),
    "Jigsaw": lambda size: kc.views.Jigsaw(size // 4, grid=3),
}
MADE = RECIPES | {
    name: lambda size, make=make: kc.views.MultiView(
        [kc.views.Pipeline([make(size)])] * 2, seed=0
    )
    for name, make in TRANSFORMS.items()
}
# Neither library has jigsaws, patch grids or Lab.
NOT_THERE = {"pirl", "cmc", "cpc", *list(TRANSFORMS)[5:]}
BATCH = {32: 256, 96: 128, 224: 32}


def ready(views):
    """Waits for the result of a call, on any backend."""
    return [keras.ops.convert_to_numpy(view) for view in views]


def tensorflow_modes(name, size, images):
    import tensorflow as tf
    from keras_policies import chain, keras_cv_layers, keras_layers

    def drawn(views):
        return views.draw(len(images), images.shape[1:], step=1)

    views = MADE[name](size)
    views.build(images.shape)
    call = tf.function(lambda x: views(x, training=True))
    plain = tf.function(lambda x: views.make_views(x, drawn(views)))
    runs = {"model": lambda: ready(call(images))}
    if name in RECIPES:
        runs |= {
            "graph": lambda: ready(plain(images)),
            "eager": lambda: ready(views.make_views(images, drawn(views))),
        }
    if name not in NOT_THERE:
        pipeline = views.pipelines[0]
        rivals = {
            "keras-cv": keras_cv_layers(pipeline, size),
            "Keras": keras_layers(pipeline, size),
        }
        for library, layers in rivals.items():
            if layers is not None:
                rival = chain(layers)
                runs[library] = lambda rival=rival: rival(images)
    if name not in RECIPES:
        return runs, {}
    batches = 8
    source = tf.data.Dataset.from_tensors(images).repeat(batches)
    host = kc.views.to_dataset(views, source, num_parallel_calls=4)

    def run_host():
        for (made,) in host:
            ready(made)

    return runs, {"host": (run_host, batches)}


def other_modes(name, size, images):
    views = MADE[name](size)
    views.build(images.shape)
    if keras.backend.backend() == "torch":
        return {"torch": lambda: ready(views(images, training=True))}, {}
    import jax

    @jax.jit
    def call(step, x):
        return views.replay(x, views.draw(len(x), x.shape[1:], step))

    return {"jax": lambda: ready(call(1, images))}, {}


def measure(name, size, repeats):
    """Images per second of each mode that applies here."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (BATCH[size], size, size, 3), "uint8")
    images = keras.ops.convert_to_tensor(pixels)
    here = keras.backend.backend() == "tensorflow"
    modes = tensorflow_modes if here else other_modes
    runs, repeated = modes(name, size, images)
    counts = dict.fromkeys(runs, len(pixels))
    for mode, (run, batches) in repeated.items():
        runs[mode], counts[mode] = run, batches * len(pixels)
    seconds = median_seconds(runs, repeats)
    num_views = sum(p.num_views for p in MADE[name](size).pipelines)
    return {
        mode: counts[mode]
        * (1 if mode in ("keras-cv", "Keras") else num_views)
        / seconds[mode]
        for mode in runs
    }


def measure_elsewhere(backend, options):
    """The same script on another backend, which needs its own process."""
    command = [sys.executable, __file__, "--rates-only"]
    command += ["--recipes", *options.recipes]
    command += ["--sizes", *map(str, options.sizes)]
    command += ["--repeats", str(options.repeats)]
    environment = {**os.environ, "KERAS_BACKEND": backend}
    printed = subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, text=True
    ).stdout
    return json.loads(printed.splitlines()[-1]) if printed else {}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="SimCLR's, 32 pixels"
    )
    parser.add_argument("--recipes", nargs="+", choices=MADE)
    parser.add_argument("--sizes", nargs="+", type=int, choices=BATCH)
    parser.add_argument("--repeats", type=int)
    parser.add_argument("--rates-only", action="store_true")
    options = parser.parse_args()
    print(setting(), flush=True)
    quick = options.quick
    options.recipes = options.recipes or (["simclr"] if quick else [*MADE])
    options.sizes = options.sizes or ([32] if quick else [*BATCH])
    options.repeats = options.repeats or (3 if quick else 9)

    rates = {}
    for name in options.recipes:
        for size in options.sizes:
            # keras-cv's RandAugment does not run in a compiled step of JAX.
            if keras.backend.backend() == "jax" and name == "infomin":
                continue
            key = f"{name}@{size}"
            rates[key] = measure(name, size, options.repeats)
            if not options.rates_only:
                print(key, {m: round(r) for m, r in rates[key].items()})
    if options.rates_only:
        print(json.dumps(rates))
        return
    if not quick:
        for backend in ("jax", "torch"):
            for key, more in measure_elsewhere(backend, options).items():
                rates[key].update(more)
        record(rates)
    print_table(rates)
    print(
        json.dumps(
            {
                "vs_keras_cv": ratios(rates, "keras-cv"),
                "vs_keras": ratios(rates, "Keras"),
            }
        )
    )


def record(rates):
    """Adds whole images per second to those of earlier runs."""
    known = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for key, row in rates.items():
        rounded = {mode: round(rate) for mode, rate in row.items()}
        known.setdefault(key, {}).update(rounded)
    write_results(RESULTS, known)


def print_table(rates):
    modes = list(dict.fromkeys(mode for row in rates.values() for mode in row))
    print("| views | " + " | ".join(modes) + " |")
    print("|:--|" + "--:|" * len(modes))
    for key, row in rates.items():
        cells = [f"{row[m]:,.0f}" if m in row else "" for m in modes]
        print(f"| {key} | " + " | ".join(cells) + " |")


def ratios(rates, library):
    return {
        key: round(row["model"] / row[library], 2)
        for key, row in rates.items()
        if library in row
    }


if __name__ == "__main__":
    main()

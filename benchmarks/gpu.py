"""What one GPU does: rows of the conformance table, then speed, then a run.

KERAS_BACKEND=jax python benchmarks/gpu.py [--quick]
    [--parts checks loss step views train] [--epochs 20] [--output FILE]

* checks: value, recorded trace, round trip and extreme values of every method
  (tests/conformance), twice: with matrix products as the GPU makes them by
  default (on recent ones in TF32, 10 bits of mantissa) and in full float32.
* loss: NT-Xent beside float64, time and memory of value and gradient.
* step: images per second of `fit`, two views each, beside those of a bare
  encoder's steps on ready images; and what of the difference the views take,
  by themselves, so that the rest is loss, heads, data and waiting.
* views: views per second of the papers' recipes, uint8 to float32.
* train: SimCLR, SimCLR with EquiMod, MIO, MoCo v2 and BYOL on the 60,000
  images of Fashion-MNIST, ResNet-18, 20 epochs each (`--epochs`), all of `fit`
  counted; k-NN and a linear probe of the 10,000 test images. Heads and
  temperatures are those of the papers for CIFAR-10.

All parts are meant to take ten minutes on an H100; `--quick` rehearses them.
Where there is no network, take the files of Fashion-MNIST along, in the folder
that FASHION_MNIST names (`restore_fashion_mnist.py`).

On JAX; the package needs no TensorFlow there. Results enter
`benchmarks/gpu.json` (`--output`) part by part, each with its device, commit
and date: a run that is cut short keeps what it has.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import time

os.environ.setdefault("KERAS_BACKEND", "jax")

import jax
import keras
import numpy as np
from fashion_mnist import make_encoder, make_views
from lightly_task import unpack
from pictures import FASHION_MNIST
from results import write_results
from runs import place
from timing import median_seconds
from views import RECIPES

import keras_contrastive as kc

RESULTS = pathlib.Path(__file__).with_name("gpu.json")
ROOT = RESULTS.parent.parent
CHECKS = "slow_loop or backends_agree or round_trip or extreme"


def checks(options):
    """Passed and failed rows, for each precision of matrix products."""
    found = {}
    for precision in ("default", "highest"):
        command = [sys.executable, "-m", "pytest", "tests/conformance"]
        command += [
            "-n",
            "2" if options.quick else "8",
            "-p",
            "no:cacheprovider",
        ]
        command += ["-k", f"({CHECKS}) and SimCLR" if options.quick else CHECKS]
        environment = {
            **os.environ,
            "JAX_DEFAULT_MATMUL_PRECISION": precision,
            "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
            "XLA_FLAGS": "--xla_gpu_deterministic_ops=true",
        }
        printed = subprocess.run(
            command, env=environment, cwd=ROOT, capture_output=True, text=True
        ).stdout
        failed = re.findall(r"^FAILED \S+::(\S+)", printed, re.MULTILINE)
        print(f"{precision}: {printed.splitlines()[-1]}")
        for name in failed:
            print("  failed", name)
        passed = re.search(r"(\d+) passed", printed)
        found[precision] = {
            "passed": int(passed[1]) if passed else 0,
            "failed": failed,
        }
    return found


def slow_nt_xent(z1, z2, temperature):
    """Equation 1 of SimCLR, mean over the batch, in float64."""
    z = np.concatenate([z1, z2]).astype("float64")
    z /= np.linalg.norm(z, axis=1, keepdims=True)
    similarities = z @ z.T / temperature
    np.fill_diagonal(similarities, -np.inf)
    log_sum = np.log(np.exp(similarities).sum(axis=1))
    count = len(z1)
    positives = [similarities[i, (i + count) % len(z)] for i in range(len(z))]
    return (log_sum - positives).mean()


def loss(options):
    nt_xent = kc.losses.NTXent(0.1)
    found = {}
    for batch in (256,) if options.quick else (1024, 4096, 16384):
        rng = np.random.default_rng(0)
        z1 = rng.normal(size=(batch, 128)).astype("float32")
        z2 = z1 + rng.normal(size=z1.shape).astype("float32")
        row = {}
        for precision in ("default", "highest"):
            with jax.default_matmul_precision(precision):
                step = jax.jit(jax.value_and_grad(nt_xent, argnums=(0, 1)))
                compiled = step.lower(z1, z2).compile()
            arguments = jax.device_put((z1, z2))
            seconds = seconds_of(compiled, arguments, 20)
            memory = compiled.memory_analysis().temp_size_in_bytes
            row[precision] = {
                "ms": round(1000 * seconds, 3),
                "mib": round(memory / 2**20, 1),
            }
            if batch <= 1024:
                exact = slow_nt_xent(z1, z2, 0.1)
                error = abs(float(compiled(z1, z2)[0]) - exact) / exact
                row[precision]["relative_error"] = float(f"{error:.2e}")
        print(batch, row)
        found[str(batch)] = row
    return found


def seconds_of(function, arguments, repeats):
    def run():
        jax.block_until_ready(function(*arguments))

    return median_seconds({"run": run}, repeats)["run"]


class Clock(keras.callbacks.Callback):
    """Seconds of each epoch; the weights are waited for."""

    def on_train_begin(self, logs=None):
        self.seconds = []

    def on_epoch_begin(self, epoch, logs=None):
        self.start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.seconds.append(time.perf_counter() - self.start)


def step(options):
    cases = {
        "ResNet-18, 32 px": (kc.encoders.ResNet18, 32, "cifar", 1024, 40),
        "ResNet-50, 224 px": (kc.encoders.ResNet50, 224, "imagenet", 256, 10),
    }
    if options.quick:
        cases = {"ResNet-18, 32 px": (kc.encoders.ResNet18, 32, "cifar", 8, 2)}
    found = {}
    for name, (make, size, stem, batch, steps) in cases.items():
        for policy in ("float32", "mixed_bfloat16"):
            row = images_per_second(make, size, stem, batch, steps, policy)
            print(f"{name}, {policy}, batch {batch}: {row}")
            found[f"{name}, {policy}"] = {"batch": batch, **row}
    return found


def images_per_second(make, size, stem, batch, steps, policy):
    keras.config.set_dtype_policy(policy)
    rng = np.random.default_rng(0)
    shape = (steps * batch, size, size, 3)
    images = rng.integers(0, 256, shape, "uint8")
    small = size < 64
    views = kc.views.simclr(
        size, seed=0, **({"strength": 0.5, "blur": False} if small else {})
    )
    simclr = kc.SimCLR(make((size, size, 3), stem=stem), views)
    simclr.compile(keras.optimizers.SGD(0.01, momentum=0.9))
    bare = make((size, size, 3), stem=stem)
    bare.compile(keras.optimizers.SGD(0.01, momentum=0.9), loss="mse")
    target = np.zeros((2 * batch, bare.output_shape[-1]), "float32")
    ready = jax.device_put(rng.random((2 * batch, size, size, 3), "float32"))

    def repeated():
        while True:
            yield ready, target

    clock = Clock()
    bare.fit(
        repeated(),
        steps_per_epoch=steps,
        epochs=4,
        verbose=0,
        callbacks=[clock],
    )
    bare_seconds = float(np.median(clock.seconds[1:]))
    simclr.fit(
        kc.data.from_arrays(images, batch_size=batch, seed=0),
        epochs=4,
        verbose=0,
        callbacks=[clock],
    )
    full_seconds = float(np.median(clock.seconds[1:]))
    view_seconds = steps * seconds_of(
        compiled_views(views), (1, jax.device_put(images[:batch])), 5
    )
    keras.config.set_dtype_policy("float32")
    parts = {
        "views": view_seconds,
        "rest": max(0.0, full_seconds - bare_seconds - view_seconds),
    }
    return {
        "bare": round(steps * batch / bare_seconds),
        "simclr": round(steps * batch / full_seconds),
        "ratio": round(full_seconds / bare_seconds, 3),
        "above_the_encoder": {
            name: round(seconds / bare_seconds, 3)
            for name, seconds in parts.items()
        },
        "limited_by": max(parts, key=parts.get),
    }


def compiled_views(recipe):
    def call(step, x):
        draws = recipe.draw(len(x), x.shape[1:], step)
        return recipe.replay(x, draws)

    return jax.jit(call)


def views(options):
    found = {}
    names = (
        ["simclr"] if options.quick else [n for n in RECIPES if n != "infomin"]
    )
    for size, batch in ((32, 1024), (224, 256))[: 1 if options.quick else 2]:
        rng = np.random.default_rng(0)
        pixels = rng.integers(0, 256, (batch, size, size, 3), "uint8")
        images = jax.device_put(pixels)
        for name in names:
            recipe = RECIPES[name](size)
            recipe.build(images.shape)
            seconds = seconds_of(compiled_views(recipe), (1, images), 10)
            count = sum(p.num_views for p in recipe.pipelines)
            found[f"{name}@{size}"] = round(batch * count / seconds)
            print(f"{name}@{size}: {found[f'{name}@{size}']:,} views/s")
    return found


def simclr(encoder, views, **kwargs):
    return kc.SimCLR(encoder, views, temperature=0.5, **kwargs)


def moco(encoder, views):
    head = kc.layers.ProjectionHead(128, hidden_units=512)
    return kc.MoCo(
        encoder, views, head, queue_size=4096, momentum=0.99, temperature=0.2
    )


TRAINED = {
    "SimCLR": simclr,
    "SimCLR, EquiMod": lambda *parts: simclr(*parts, modules=[kc.EquiMod()]),
    "MIO": kc.MIO,
    "MoCo": moco,
    "BYOL": kc.BYOL,
}


def garments():
    """Images `(count, 28, 28, 1)` and labels, to train on and to test."""
    if not pathlib.Path(FASHION_MNIST).is_dir():
        parts = keras.datasets.fashion_mnist.load_data()
        return tuple((images[..., None], labels) for images, labels in parts)

    def part(name):
        images = unpack(FASHION_MNIST, f"{name}-images-idx3-ubyte.gz", 16)
        labels = unpack(FASHION_MNIST, f"{name}-labels-idx1-ubyte.gz", 8)
        return images.reshape(-1, 28, 28, 1), labels

    return part("train"), part("t10k")


def train(options):
    """Full-width encoders with the views of `fashion_mnist.py`."""
    (images, labels), (tests, test_labels) = garments()
    count, epochs, batch, width = (512, 1, 256, 8)
    if not options.quick:
        count, epochs, batch, width = len(images), options.epochs, 512, 64
    images, tests = images[:count], tests[:count]
    bank, queries = (images, labels[:count]), (tests, test_labels[:count])
    found = {"epochs": epochs, "raw pixels": accuracies(None, bank, queries)}
    for name, build in TRAINED.items():
        keras.utils.set_random_seed(0)
        keras.config.set_dtype_policy("mixed_bfloat16")
        model = build(make_encoder(width), make_views(seed=0))
        schedule = kc.schedules.warmup_cosine(
            0.2,
            num_images=count,
            batch_size=batch,
            epochs=epochs,
            warmup_epochs=epochs / 20,
        )
        model.compile(keras.optimizers.SGD(schedule, momentum=0.9))
        clock = Clock()
        start = time.perf_counter()
        model.fit(
            kc.data.from_arrays(images, batch_size=batch, seed=0),
            epochs=epochs,
            verbose=0,
            callbacks=[clock],
        )
        keras.config.set_dtype_policy("float32")
        found[name] = {
            "seconds": round(time.perf_counter() - start, 1),
            "images_per_second": round(count / np.median(clock.seconds)),
            **accuracies(model.encoder, bank, queries),
        }
        print(name, found[name], flush=True)
    return found


def accuracies(encoder, bank, queries):
    linear = kc.evaluation.linear_probe(encoder, bank, queries, verbose=False)
    return {
        "knn": round(
            kc.evaluation.knn(encoder, bank, queries, k=20).accuracy, 4
        ),
        "linear": round(linear.accuracy, 4),
    }


PARTS = {
    "checks": checks,
    "loss": loss,
    "step": step,
    "views": views,
    "train": train,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a smoke test")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=[*PARTS])
    parser.add_argument(
        "--output", type=pathlib.Path, default=RESULTS, metavar="FILE"
    )
    options = parser.parse_args()
    device = jax.devices()[0].device_kind
    print(f"{device}, JAX {jax.__version__}, Keras {keras.__version__}")
    where = {"device": device, "jax": jax.__version__, **place()}
    found = {}
    for name in options.parts:
        start = time.perf_counter()
        part = PARTS[name](options)
        seconds = round(time.perf_counter() - start)
        found[name] = {**where, "seconds": seconds, "found": part}
        print(f"{name}: {seconds} s", flush=True)
        if not options.quick:
            keep(options.output, found)
    print(json.dumps(found))


def keep(file, found):
    """Puts what was found beside the other parts that the file holds."""
    known = json.loads(file.read_text()) if file.exists() else {}
    write_results(file, {**known, **found})


if __name__ == "__main__":
    main()

r"""SimCLR end to end beside lightly, a library for PyTorch: speed and k-NN.

python benchmarks/against_lightly.py --lightly FOLDER [--quick] [--again]
    [--one-core] [--epochs 3] [--fashion-mnist FOLDER]

* `32 px`: Fashion-MNIST, Debian's package `dataset-fashion-mnist`, padded to
  32 pixels and with three equal channels; ResNet-18 of width 16, batch 256,
  epochs of 5,120 images. k-NN (k = 20, cosine) of 2,000 test images by the
  images of the training.
* `224 px`: ResNet-50, batch 16, from a folder of 32 JPEGs of 500 x 375 pixels,
  pieces of the photographs of scikit-learn and scikit-image.

On both sides AdamW, rate 2e-3 after half an epoch of warm-up, a cosine to 0,
weight decay 1e-4, temperature 0.5, the same networks and heads, float32. The
ResNet-18 start alike, heads and ResNet-50 as each library has them. Views are
each library's own, of the same strengths: ours interpolate by cubics, and crop
from pictures that the folder hands out with 256 pixels; lightly's come from a
`DataLoader` with two workers, ours are part of the step, with TensorFlow and
oneDNN, and with PyTorch. Each side is a process, and they take turns of one
epoch. The first, which compiles, is told apart; rates are medians of the
others, on the clock and of CPU seconds, with those of the workers, which other
work disturbs less. Bound to one core each, `--one-core`, no thread waits.

lightly is no dependency. In a folder of its own, on a CPU build of PyTorch:

    pip install --target FOLDER --no-deps \
        lightly lightly_utils lightning_utilities aenum torchvision
    : > FOLDER/torchvision/_meta_registrations.py

The second line leaves out operations for other builds of PyTorch, which
transforms do not need. Results enter `benchmarks/against_lightly.json` case by
case; what is there is not run again, except with `--again`.
"""

import argparse
import contextlib
import json
import os
import pathlib
import statistics
import tempfile
import time

import numpy as np
from lightly_task import CASES, Budget, small_images
from machine import cores, processor, setting, versions
from results import write_results
from turns import Worker, serve

RESULTS = pathlib.Path(__file__).with_suffix(".json")
LOOP = str(pathlib.Path(__file__).with_name("lightly_loop.py"))
DEBIAN = "/usr/share/datasets/fashion-mnist"


def work(case, epochs, mnist=None, folder=None, output=None):
    import keras

    import keras_contrastive as kc

    keras.utils.set_random_seed(0)
    case = CASES[case]
    budget = Budget(case, epochs)
    if folder:
        train = kc.data.from_folder(folder, case.batch, image_size=256)
        encoder = kc.encoders.ResNet50((case.size, case.size, 3))
    else:
        data = small_images(case, mnist)
        train = kc.data.from_arrays(
            data["bank"][0], batch_size=case.batch, shuffle=True
        )
        encoder = kc.encoders.ResNet18(
            (case.size, case.size, 3), width=case.width
        )
    views = kc.views.simclr(
        case.size, strength=case.strength, blur=case.blur, seed=0
    )
    model = kc.SimCLR(encoder, views, temperature=0.5)
    schedule = kc.schedules.warmup_cosine(
        budget.rate,
        num_images=case.images,
        batch_size=case.batch,
        epochs=epochs,
        warmup_epochs=budget.warmup_epochs,
    )
    model.compile(
        keras.optimizers.AdamW(schedule, budget.weight_decay, epsilon=1e-8)
    )

    def run():
        begun = model.trained_epochs
        history = model.fit(
            train, initial_epoch=begun, epochs=begun + 1, verbose=0
        ).history
        steps = int(model.optimizer.iterations) // (begun + 1)
        return {"loss": history["loss"][0], "steps": steps, "used": setting()}

    serve(run)
    if output:
        found = {
            key: kc.evaluation.extract_features(encoder, pair, verbose=False)[0]
            for key, pair in data.items()
        }
        np.savez(output, **found)


def sides(arguments, options, scratch):
    """Name to a process that is ready for its first epoch."""
    path = [options.lightly, os.environ.get("PYTHONPATH", "")]
    for name, script, environment in (
        ("tensorflow", __file__, {"TF_ENABLE_ONEDNN_OPTS": "1"}),
        ("torch", __file__, {}),
        ("lightly", LOOP, {"PYTHONPATH": os.pathsep.join(path)}),
    ):
        environment |= {"KERAS_BACKEND": name, "TF_CPP_MIN_LOG_LEVEL": "3"}
        output = f"{scratch}/{name}.npz" if "mnist" in arguments else None
        told = {**arguments, "output": output}
        yield name, Worker(script, told, environment, options.one_core)


def compare(name, epochs, options, scratch):
    arguments, turns = {"case": name, "epochs": epochs}, {}
    if CASES[name].width:
        arguments["mnist"] = options.fashion_mnist
    else:
        arguments["folder"] = folder = f"{scratch}/pictures"
        make_folder(folder, CASES[name].images)
    with contextlib.ExitStack() as stack:
        workers = {
            side: stack.enter_context(worker)
            for side, worker in sides(arguments, options, scratch)
        }
        for epoch in range(epochs):
            for side, worker in workers.items():
                turns.setdefault(side, []).append(worker.run())
                print(name, epoch, side, turns[side][-1], flush=True)
    found = {}
    for side, (first, *others) in turns.items():
        images = CASES[name].batch * first["steps"]
        found[side] = {
            "used": first["used"],
            "first_epoch_seconds": round(first["wall"], 1),
            "losses": [round(turn["loss"], 3) for turn in (first, *others)],
        }
        for clock in ("wall", "cpu"):
            seconds = statistics.median(turn[clock] for turn in others)
            found[side][clock] = float(f"{images / seconds:.3g}")
    if "mnist" in arguments:
        add_knn(
            found, small_images(CASES[name], options.fashion_mnist), scratch
        )
    return found


def make_folder(folder, count):
    from folder import make_photographs

    os.makedirs(f"{folder}/all")
    make_photographs(f"{folder}/all", count)


def add_knn(found, data, scratch):
    import keras_contrastive as kc

    for side, row in found.items():
        features = np.load(f"{scratch}/{side}.npz")
        # Pooled after a ReLU, none is negative, and a cosine knows no scale:
        # as images of one pixel they are in the range.
        scale = max(values.max() for values in features.values())
        bank, queries = (
            (features[key][:, None, None] / scale, data[key][1])
            for key in ("bank", "queries")
        )
        report = kc.evaluation.knn(None, bank, queries, k=20, verbose=False)
        row["knn"] = round(report.accuracy, 4)


def missing(options):
    """In words, what cannot be found; an empty string if nothing is missing."""
    if not os.path.isdir(os.path.join(options.lightly, "lightly")):
        return (
            f"lightly is not in {options.lightly!r}: install it as the first "
            "lines of this script say."
        )
    if not os.path.isdir(options.fashion_mnist):
        return (
            f"Fashion-MNIST is not in {options.fashion_mnist!r}: install "
            "Debian's package dataset-fashion-mnist."
        )
    return ""


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--lightly", default="", help="folder of its packages")
    parser.add_argument("--fashion-mnist", default=DEBIAN)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--cases", nargs="+", choices=CASES)
    parser.add_argument("--quick", action="store_true", help="256 images")
    parser.add_argument("--again", action="store_true", help="run anew")
    parser.add_argument("--one-core", action="store_true", help="each side")
    parser.add_argument("--worker", type=json.loads, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker is not None:
        work(**options.worker)
        return
    if words := missing(options):
        raise SystemExit(words)
    cases = options.cases or (["quick"] if options.quick else [*CASES][:2])
    kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    ratios = {}
    for name in cases:
        if options.again or options.quick or name not in kept:
            with tempfile.TemporaryDirectory() as scratch:
                found = compare(name, options.epochs, options, scratch)
            kept[name] = {
                "processor": processor(),
                "cores": cores(),
                "load": round(os.getloadavg()[0], 1),
                "date": time.strftime("%Y-%m-%d"),
                "versions": versions(),
                "sides": found,
            }
            if not options.quick:
                write_results(RESULTS, kept)
        ratios[name] = print_sides(name, kept[name]["sides"])
    print(json.dumps({"images a second over lightly": ratios}))


def print_sides(name, found):
    """Returns images a second of each side over those of lightly."""
    for side, row in found.items():
        knn = f", k-NN {row['knn']:.1%}" if "knn" in row else ""
        print(
            f"{name}, {side}: {row['wall']} images/s, of CPU seconds "
            f"{row['cpu']}, first epoch {row['first_epoch_seconds']} s{knn}"
        )
    return {
        side: {
            clock: round(row[clock] / found["lightly"][clock], 2)
            for clock in ("wall", "cpu")
        }
        for side, row in found.items()
    }


if __name__ == "__main__":
    main()

"""Feature transformation on MoCo: accuracies, and the scores that explain it.

python benchmarks/ft.py [--seeds 3] [--sweep-seeds 1] [--costs] [--quick]

Two experiments on `data.shapes`, with the encoder, views, optimizer and head
that `methods.py` gives MoCo, eight epochs of 10,000 images each:

* MoCo alone, with positives extrapolated, with negatives interpolated, with
  both: one number per step, from the second epoch on. k-NN and linear accuracy
  on 2,000 test images that chose nothing.
* MoCo alone at temperature 0.07 with momentum 1, 0.999, 0.99, 0.9 and 0.6: how
  the scores of positives and negatives move. Each record is kept as means
  over 40 parts of the training.

Behind ± stands the standard deviation over seeds, and the effect of a
transformation is the mean difference to MoCo of the same seed, with its 95 %
interval by Student's t. Scores are those of the last part. Results enter
`benchmarks/ft.json` one by one; what is there is not run again. `--costs`
times a step that records scores over one that does not, in turn.
"""

import argparse
import json
import os
import pathlib
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

import keras
import numpy as np
from machine import setting
from methods import BATCH, Setting, compile_model, evaluate, moco
from results import write_results
from seeds import effect, mean_and_spread
from timing import median_seconds

import keras_contrastive as kc

RESULTS = pathlib.Path(__file__).with_name("ft.json")
TRANSFORMS = {
    "MoCo": (),
    "MoCo+extrapolation": ("positive",),
    "MoCo+interpolation": ("negative",),
    "MoCo+both": ("positive", "negative"),
}
MOMENTA = (1.0, 0.999, 0.99, 0.9, 0.6)
RECORDED = ("negative_variance", "negative_mean", "positive_mean")
PARTS = 40


def make(options, seed, kinds=(), momentum=0.99, temperature=0.2):
    """A compiled MoCo."""
    keras.utils.set_random_seed(seed)
    setting = Setting("shapes", seed, options.count)
    arguments = {"start_epoch": options.start, "seed": seed}
    layers = {
        "positive": kc.layers.PositiveExtrapolation(**arguments),
        "negative": kc.layers.NegativeInterpolation(**arguments),
    }
    transform = [layers[kind] for kind in kinds]
    model = moco(setting, momentum, temperature, feature_transform=transform)
    compile_model(model, options)
    return model


def train(model, options):
    recorder = kc.callbacks.ScoreRecorder()
    data = kc.data.shapes(options.count, BATCH, shuffle=True)
    model.fit(data, epochs=options.epochs, verbose=0, callbacks=[recorder])
    parts = {
        name: np.array_split(recorder.records[name], PARTS) for name in RECORDED
    }
    return {
        name: [round(float(part.mean()), 5) for part in rows if len(part)]
        for name, rows in parts.items()
    }


def run(options, seed, **kwargs):
    model = make(options, seed, **kwargs)
    curves = train(model, options)
    knn, linear = evaluate(model.encoder, options)
    return {"knn": knn, "linear": linear, "scores": curves}


def recorder_overhead(options):
    """Share of a step's time that recording adds."""
    images, _ = next(iter(kc.data.shapes(BATCH, BATCH, labels="shape")))
    plain, recorded = make(options, 0), make(options, 0)
    recorded.record_scores(512)
    seconds = median_seconds(
        {
            "plain": lambda: plain.train_on_batch(images),
            "recorded": lambda: recorded.train_on_batch(images),
        },
        3 if options.quick else 25,
    )
    return round(seconds["recorded"] / seconds["plain"] - 1, 4)


def table(results):
    for name, runs in results["transforms"].items():
        line = f"{name:20}"
        pairs = [*zip(runs, results["transforms"]["MoCo"], strict=False)]
        for measure in ("knn", "linear"):
            values, alone = np.transpose(
                [[run[measure] for run in pair] for pair in pairs]
            )
            line += f"{measure:>8} {mean_and_spread(values)}"
            if name != "MoCo" and len(values) > 1:
                line += f", {effect(values, alone)}"
        print(line)
    print(f"\n{'momentum':10}{'k-NN':>10}", *(f"{n:>20}" for n in RECORDED))
    for momentum, runs in results["momenta"].items():
        ends = [
            f"{np.mean([run['scores'][name][-1] for run in runs]):>20.4f}"
            for name in RECORDED
        ]
        knn = np.mean([run["knn"] for run in runs])
        print(f"{momentum:10}{knn:>10.2%}", *ends)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--sweep-seeds", type=int, default=1)
    parser.add_argument("--costs", action="store_true")
    parser.add_argument("--quick", action="store_true", help="a smoke test")
    options = parser.parse_args()
    print(setting(), flush=True)
    options.dataset = "shapes"
    options.count, options.tested, options.epochs = 10_000, 2_000, 8
    options.start = 1
    transforms, momenta = list(TRANSFORMS), list(MOMENTA)
    if options.quick:
        options.count, options.tested, options.epochs = 1024, 512, 1
        options.start, options.seeds = 0, 1
        transforms, momenta = ["MoCo", "MoCo+both"], []
    results = {"transforms": {}, "momenta": {}}
    if RESULTS.exists() and not options.quick:
        results = json.loads(RESULTS.read_text())
    results.setdefault(
        "set_up",
        f"Begun {time.strftime('%Y-%m-%d')}, {os.cpu_count()} CPU cores, "
        f"Keras {keras.__version__} on {keras.backend.backend()}.",
    )
    plan = [
        ("transforms", name, seed, {"kinds": TRANSFORMS[name]})
        for seed in range(options.seeds)
        for name in transforms
    ]
    plan += [
        ("momenta", str(m), seed, {"momentum": m, "temperature": 0.07})
        for seed in range(options.sweep_seeds)
        for m in momenta
    ]
    for part, name, seed, kwargs in plan:
        runs = results[part].setdefault(name, [])
        if len(runs) > seed:
            continue
        runs.append(run(options, seed, **kwargs))
        print(f"{name} seed {seed}: {runs[-1]['knn']:.2%}", flush=True)
        keras.backend.clear_session()
        if not options.quick:
            write_results(RESULTS, results)
    if options.costs or options.quick:
        results["recorder_overhead"] = recorder_overhead(options)
        if not options.quick:
            write_results(RESULTS, results)
    table(results)
    knn = {
        name: [run["knn"] for run in runs]
        for name, runs in results["transforms"].items()
    }
    overhead = results.get("recorder_overhead")
    print(json.dumps({"knn": knn, "recorder_overhead": overhead}))


if __name__ == "__main__":
    main()

"""EquiMod on SimCLR and BYOL: does the encoder keep what views change?

python benchmarks/equimod.py [--seeds 3] [--epochs 8] [--weight 1.0]
    [--costs] [--quick]

10,000 images of `data.shapes` for eight epochs, the budget, views, encoder and
optimizer of `methods.py`. The views shift the hue over the whole circle and
take it away half of the time, so the method alone need not keep colors. The
module has hidden layers of 512 units, else the authors' settings.

Read from frozen features, of 10,000 training images to 2,000 test images that
chose nothing: the shape and the hue in eight classes by linear probes, and
each augmentation parameter of a view, from the features of the view and of
its untouched image, by ridge regression (R2). Relative equivariance of test
images above 1, and absolute above 0, beat saying that nothing moves, see
`metrics.equivariance`. Behind ± stands the standard deviation over seeds;
effects of the module are differences of the same seed, with a 95 % interval by
Student's t.

Results enter `benchmarks/equimod.json` one by one; what is there is not run
again. `--costs` times a step with the module over one without, in turn.
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
from methods import BATCH, METHODS, Setting, compile_model
from results import write_results
from seeds import effect, mean_and_spread
from timing import median_seconds

import keras_contrastive as kc

RESULTS = pathlib.Path(__file__).with_name("equimod.json")
BASES = ("SimCLR", "BYOL")
NAMES = ("SimCLR", "SimCLR+EquiMod", "BYOL", "BYOL+EquiMod")
COLORS = 8


def images_and_factors(split, count):
    data = kc.data.shapes(count, count, split=split, labels="all")
    images, factors = next(iter(data))
    hue = np.asarray(factors["hue"])
    return np.asarray(images), {
        "shape": np.asarray(factors["shape"]),
        "color": (hue * COLORS).astype("int32") % COLORS,
    }


def make(name, options, seed):
    """A compiled model, alone or with the module."""
    keras.utils.set_random_seed(seed)
    base, _, module = name.partition("+")
    wide = kc.layers.ProjectionHead(
        128, num_layers=3, hidden_units=512, ending="standardize"
    )
    modules = [kc.EquiMod(wide, weight=options.weight)] if module else []
    setting = Setting("shapes", seed, options.count)
    model = METHODS[base](setting, modules=modules)
    compile_model(model, options)
    return model


def evaluate(encoder, options):
    train, train_labels = images_and_factors("train", options.count)
    test, test_labels = images_and_factors("test", options.tested)
    found = {}
    for name in ("shape", "color"):
        report = kc.evaluation.linear_probe(
            encoder, (train, train_labels[name]), (test, test_labels[name])
        )
        found[f"{name}_linear"] = round(report.accuracy, 4)
    if encoder is not None:
        views = Setting("shapes", 0, options.count).views()
        report = kc.evaluation.parameter_probe(
            encoder, views, train, test, with_original=True
        )
        found["parameters"] = {
            name: round(value, 4) for name, value in report.metrics.items()
        }
    return found


def run(name, options, seed):
    if name == "raw pixels":
        return evaluate(None, options)
    if name == "random encoder":
        keras.utils.set_random_seed(seed)
        setting = Setting("shapes", seed, options.count)
        return evaluate(setting.encoder(), options)
    model = make(name, options, seed)
    train = kc.data.shapes(options.count, BATCH, shuffle=True)
    history = model.fit(train, epochs=options.epochs, verbose=0).history
    found = evaluate(model.encoder, options)
    found["loss"] = round(history["loss"][-1], 4)
    if name.endswith("+EquiMod"):
        test, _ = images_and_factors("test", options.tested)
        report = kc.evaluation.equivariance(model, test)
        found["equivariance"] = {
            key: round(value, 4) for key, value in report.metrics.items()
        }
        found["equivariance_loss"] = round(history["equivariance"][-1], 4)
    return found


def step_cost(options):
    """Time of a step with the module over one without, on either base."""
    images, _ = images_and_factors("train", BATCH)
    ratios = {}
    for base in BASES:
        models = {
            name: make(name, options, 0) for name in NAMES if base in name
        }
        seconds = median_seconds(
            {
                name: lambda m=model: m.train_on_batch(images)
                for name, model in models.items()
            },
            3 if options.quick else 15,
        )
        ratios[base] = round(seconds[f"{base}+EquiMod"] / seconds[base], 3)
    return ratios


def table(rows):
    print(f"{'':16}{'shape':>16}{'color':>16}{'mean R2':>16}{'relative':>16}")
    for name, runs in rows.items():
        cells = [
            [run["shape_linear"] for run in runs],
            [run["color_linear"] for run in runs],
            [np.mean(list(run["parameters"].values())) for run in runs]
            if "parameters" in runs[0]
            else [],
            [run["equivariance"]["relative"] for run in runs]
            if "equivariance" in runs[0]
            else [],
        ]
        print(
            f"{name:16}"
            + "".join(f"{mean_and_spread(cell, '.3f'):>16}" for cell in cells)
        )


def effects(rows):
    """What the module adds to each method, seed by seed."""
    for base in BASES:
        pairs = list(zip(rows[base], rows[f"{base}+EquiMod"], strict=False))
        if len(pairs) < 2:
            continue
        for task in ("shape_linear", "color_linear", "parameters"):
            alone, beside = np.transpose(
                [[value(run, task) for run in pair] for pair in pairs]
            )
            gain = effect(beside, alone, "+.3f")
            print(f"EquiMod on {base}, {task}: {gain}")


def value(run, task):
    found = run[task]
    return np.mean([*found.values()]) if isinstance(found, dict) else found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--weight", type=float, default=1.0)
    parser.add_argument("--methods", nargs="*")
    parser.add_argument("--costs", action="store_true")
    parser.add_argument("--quick", action="store_true", help="a smoke test")
    options = parser.parse_args()
    print(setting(), flush=True)
    options.count, options.tested = 10_000, 2_000
    if options.quick:
        options.count, options.tested, options.epochs = 1024, 512, 1
        options.seeds = 1
    recorded = RESULTS.exists() and not options.quick
    results = json.loads(RESULTS.read_text()) if recorded else {}
    key = f"epochs={options.epochs}, weight={options.weight}"
    record = results.setdefault(
        key,
        {
            "set_up": f"Begun {time.strftime('%Y-%m-%d')}, {os.cpu_count()} "
            f"CPU cores, Keras {keras.__version__} on "
            f"{keras.backend.backend()}.",
            "rows": {},
        },
    )
    names = options.methods or ["raw pixels", "random encoder", *NAMES]
    for seed in range(options.seeds):
        for name in names:
            runs = record["rows"].setdefault(name, [])
            if len(runs) > seed or (name == "raw pixels" and seed):
                continue
            runs.append(run(name, options, seed))
            print(name, f"seed {seed}:", runs[-1], flush=True)
            keras.backend.clear_session()
            if not options.quick:
                write_results(RESULTS, results)
    if options.costs:
        record["step_cost"] = step_cost(options)
        if not options.quick:
            write_results(RESULTS, results)
    rows = record["rows"]
    table(rows)
    if all(name in rows for name in NAMES):
        effects(rows)
    summary = {
        f"{task}_linear": {
            name: [run[f"{task}_linear"] for run in rows[name]] for name in rows
        }
        for task in ("color", "shape")
    }
    summary["relative_equivariance"] = {
        name: [run["equivariance"]["relative"] for run in runs]
        for name, runs in rows.items()
        if "equivariance" in runs[0]
    }
    for key in ("absolute", "invariance"):
        summary[key] = {
            name: [run["equivariance"][key] for run in runs]
            for name, runs in rows.items()
            if "equivariance" in runs[0]
        }
    summary["parameter_r2"] = {
        name: [
            round(float(np.mean(list(run["parameters"].values()))), 4)
            for run in runs
        ]
        for name, runs in rows.items()
        if "parameters" in runs[0]
    }
    summary["step_cost"] = record.get("step_cost")
    print(json.dumps(summary))


if __name__ == "__main__":
    main()

"""What do many linear probes cost at once, and a ridge probe?

python benchmarks/probe.py [--repeats 3] [--quick]

Features are drawn, 512 wide, of ten classes that overlap: 10,000 to train on
and 5,000 to test. Forty heads, ten learning rates with four weight decays, are
chosen among in one call of `linear_probe`, and trained by forty calls of one
head each, with the same rows for training and validation. `cost_vs_separate`
is the ratio of the two, `accuracy_gap` the difference between their best
validation accuracies. The ridge probe classifies 20,000 features with 45
penalties.
"""

import argparse
import itertools
import json
import os
import statistics
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

import keras
import numpy as np
from machine import setting

from keras_contrastive.evaluation._class_pair import ClassPair
from keras_contrastive.evaluation._hold_out import hold_out
from keras_contrastive.evaluation._linear_heads import train_heads
from keras_contrastive.evaluation._ridge_probe import ridge_report
from keras_contrastive.evaluation._standardize import standardize

RATES = np.logspace(-3, 1, 10)
DECAYS = [0.0, 1e-5, 1e-4, 1e-3]


def draw(rows, seed, dim=512, classes=10):
    rng = np.random.default_rng(seed)
    centers = np.random.default_rng(0).normal(size=(classes, dim)) / 12
    labels = rng.integers(0, classes, rows)
    features = rng.normal(size=(rows, dim)) + centers[labels]
    return features.astype("float32"), labels


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="a smoke test")
    options = parser.parse_args()
    print(setting(), flush=True)
    rows, epochs = (2_000, 2) if options.quick else (10_000, 90)
    features, labels = draw(rows, seed=1)
    kept, held = hold_out(rows, 0.2, seed=0)
    fitted, chooses = standardize(features[kept], features[held])
    pairs = list(itertools.product(RATES, DECAYS))

    def best(candidates):
        heads = train_heads(
            fitted, labels[kept], candidates, epochs, batch_size=512, seed=0
        )
        return (heads.predict(chooses) == labels[held]).mean(axis=1).max()

    times = {"together": [], "apart": [], "ridge": []}
    for _ in range(1 if options.quick else options.repeats):
        start = time.perf_counter()
        together = best(pairs)
        times["together"].append(time.perf_counter() - start)
        start = time.perf_counter()
        apart = max(best([pair]) for pair in pairs)
        times["apart"].append(time.perf_counter() - start)
        many, their_labels = draw(20_000, seed=2)
        pair = ClassPair(
            many, their_labels, *draw(5_000, seed=3), None, (32, 32, 3), {}
        )
        start = time.perf_counter()
        ridge_report(None, pair)
        times["ridge"].append(time.perf_counter() - start)
    seconds = {name: statistics.median(each) for name, each in times.items()}
    print(
        f"{len(pairs)} heads at once {seconds['together']:.1f} s, one by one "
        f"{seconds['apart']:.1f} s; best validation accuracy {together:.4f} "
        f"and {apart:.4f} ({os.cpu_count()} CPU cores, Keras "
        f"{keras.__version__} on {keras.backend.backend()})"
    )
    print(
        json.dumps(
            {
                "cost_vs_separate": round(
                    seconds["together"] / seconds["apart"], 3
                ),
                "accuracy_gap": round(float(abs(together - apart)), 4),
                "ridge_seconds": round(seconds["ridge"], 2),
            }
        )
    )


if __name__ == "__main__":
    main()

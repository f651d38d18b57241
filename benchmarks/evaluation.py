"""What looking at an encoder costs, and what it costs not to do things twice.

python benchmarks/evaluation.py [--images 5000] [--width 0] [--quick]

* `probe_share`: CPU seconds that a `KNNProbe` adds to an epoch of SimCLR on as
  many images of 32 pixels as it looks at, a fifth of them to classify, over
  those of the epoch. `probe_share_60000` is that of 60,000 images beside
  50,000 that are trained on; the arithmetic of the encoder alone gives 1/5.
  The encoder is a ResNet-18 of `--width`, or a `SmallCNN` for 0.
* `two_probes`: CPU seconds that a `KNNProbe` and a `RidgeProbe` of the same
  images add, over those that they add with copies of them.
* `hashing`: seconds that hashing the images takes over those of their features,
  which earlier versions paid at every measurement.
* `features`: seconds of `extract_features` over those of waiting for each batch
  by `predict_on_batch`.
* `pca`: seconds of the components of `plot_embedding` for 10,000 x 512 features
  over those of a singular value decomposition.

Alternatives take turns; medians enter `benchmarks/evaluation.json`.
"""

import argparse
import json
import os
import pathlib
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
# Otherwise most CPU seconds of PyTorch are those of threads that wait.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import keras
import numpy as np
from machine import setting
from results import write_results
from timing import median_seconds

import keras_contrastive as kc
from keras_contrastive.evaluation._overlap import digest
from keras_contrastive.visualization._embedding import principal_components

RESULTS = pathlib.Path(__file__).with_suffix(".json")
SIZE, BATCH = 32, 250


def draw(count):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (count, SIZE, SIZE, 3), "uint8")
    return images, np.arange(count) % 10


def costs_in_training(encoder, count, repeats):
    images, labels = draw(2 * count)
    data = kc.data.from_arrays(images[:count], batch_size=BATCH)
    cut = count + 4 * count // 5
    train = images[count:cut], labels[count:cut]
    test = images[cut:], labels[cut:]
    copied = [(images.copy(), labels) for images, labels in (train, test)]
    views = kc.views.simclr(SIZE, strength=0.5, blur=False, seed=0)
    model = kc.SimCLR(encoder, views)
    model.compile(keras.optimizers.SGD(1e-3, momentum=0.9))
    knn = kc.callbacks.KNNProbe(train, test, every=1)
    ridges = {
        "shared": kc.callbacks.RidgeProbe(train, test, every=1),
        "copied": kc.callbacks.RidgeProbe(*copied, every=1),
    }

    def epoch(*callbacks):
        return lambda: model.fit(data, verbose=0, callbacks=list(callbacks))

    seconds = median_seconds(
        {
            "alone": epoch(),
            "probe": epoch(knn),
            **{name: epoch(knn, ridge) for name, ridge in ridges.items()},
        },
        repeats,
        time.process_time,
    )
    alone = seconds["alone"]
    share = (seconds["probe"] - alone) / alone
    both = (seconds["shared"] - alone) / (seconds["copied"] - alone)
    return {
        "epoch_seconds": alone,
        "probe_share": share,
        "probe_share_60000": share * 60 / 50,
        "two_probes": both,
    }


def costs_of_features(encoder, count, repeats):
    images, labels = draw(count)

    def waiting():
        for start in range(0, count, BATCH):
            encoder.predict_on_batch(images[start : start + BATCH] / 255)

    def ahead():
        kc.evaluation.extract_features(
            encoder, (images, labels), batch_size=BATCH, verbose=False
        )

    seconds = median_seconds(
        {
            "hashing": lambda: list(map(digest, images)),
            "waiting": waiting,
            "ahead": ahead,
        },
        repeats,
    )
    return {
        "hashing": seconds["hashing"] / seconds["ahead"],
        "features": seconds["ahead"] / seconds["waiting"],
    }


def cost_of_components(rows, repeats):
    features = np.random.default_rng(0).normal(size=(rows, 512))

    def decompose():
        centered = features - features.mean(axis=0)
        np.linalg.svd(centered, full_matrices=False)

    seconds = median_seconds(
        {"ours": lambda: principal_components(features), "svd": decompose},
        repeats,
    )
    return {
        "pca": seconds["ours"] / seconds["svd"],
        "pca_seconds": seconds["ours"],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=5000)
    parser.add_argument("--width", type=int, default=0)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="a smoke test")
    options = parser.parse_args()
    print(setting(), flush=True)
    count, repeats = options.images, options.repeats
    if options.quick:
        count, repeats = 500, 1
    shape = (SIZE, SIZE, 3)
    name = "SmallCNN"
    encoder = kc.encoders.SmallCNN(shape)
    if options.width:
        name = f"ResNet18, width {options.width}"
        encoder = kc.encoders.ResNet18(shape, width=options.width)
    found = {
        **costs_in_training(encoder, count, repeats),
        **costs_of_features(encoder, count, repeats),
        **cost_of_components(2 * count, repeats),
    }
    found = {key: float(f"{value:.3g}") for key, value in found.items()}
    if not options.quick:
        results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
        key = f"{keras.backend.backend()}: {name}, {count} images"
        results[key] = {**found, "keras": keras.__version__}
        write_results(RESULTS, dict(sorted(results.items())))
    print(json.dumps(found))


if __name__ == "__main__":
    main()

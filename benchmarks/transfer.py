"""What is a pretrained encoder worth with few labels, or for other tasks?

python benchmarks/transfer.py [--seeds 3] [--epochs 1]
    [--parts fine_tune detection segmentation instance]
    [--starts scratch SimCLR MIO]
    [--manual-dir FOLDER] [--validate RATE] [--quick]

Three starts are compared at an equal budget: an untrained encoder ("scratch"),
one pretrained by SimCLR, one by MIO, without labels.

* `fine_tune`: Fashion-MNIST. Pretrained on 20,000 images for four epochs; then
  `evaluation.fine_tune` on 1 % and 10 % of their labels, as many of each class,
  for 600 steps of 128 images, and on all of them for ten epochs. Accuracy on
  the 10,000 test images.
* `detection`, `segmentation` and `instance`: 4,000 generated shapes of 64
  pixels. Pretrained for ten epochs; then 500 labeled images for 20 epochs.
  Detection: keras-cv's RetinaNet with small heads on the encoder's feature
  pyramid; the share of test images whose surest box has the right class and an
  IoU of 0.5 and more.
  Segmentation: `export.segmenter`; mean IoU over ten shapes and background.
  Instance segmentation: `export.instance_segmenter`, which learned from true
  boxes, for the ten surest boxes of that detector in each image; "AP50" is
  COCO's average precision of the masks at an IoU of 0.5, the mean of ten
  shapes, "surest" the share of images as for detection, by the IoU of the mask.
  Detector and mask head each begin at the same pretrained encoder; Mask R-CNN
  trains both at once, on one.
  All on 500 test images.

`--epochs 4` trains on the labels four times as long, in all parts: from scratch
an encoder needs longer to converge, and what looks like better features may be
a head start. The pretraining stays as it is.

Test images chose nothing. `--validate` tries a learning rate of fine-tuning on
5,000 other training images, seed 100: with all labels, for three epochs, 0.1
was better from scratch than 0.025 (SimCLR's rule) and 0.4; all starts have it.
Results enter `benchmarks/transfer.json` one by one, those of each number of
epochs for themselves; what is there is not run again.
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
from results import write_results
from seeds import effect, mean_and_spread
from transfer_setting import BATCH, STARTS, FashionMNIST, pretrain
from transfer_shapes import CLASSES, detection, instance, segmentation

import keras_contrastive as kc

RESULTS = pathlib.Path(__file__).with_name("transfer.json")
SHARES = {"1%": (0.01, 600), "10%": (0.1, 40), "100%": (1.0, 10)}  # epochs
RATE = 0.1


def fine_tune(start, seed, options):
    """Accuracies by share of the labels."""
    count, epochs = (1000, 1) if options.quick else (20_000, 4)
    split = f"train[:{count}]"
    setting = FashionMNIST(seed)
    train = load(options, split, seed=seed)
    encoder = pretrain(start, setting, train, count, epochs)
    labeled = arrays(load(options, split, labels=True))
    asked = "train[20000:25000]" if options.validate else "test"
    test = arrays(load(options, asked, labels=True))
    found = {}
    for name, (share, epochs) in SHARES.items():
        rows = np.arange(len(labeled[1]))
        if share < 1:  # classes are not quite as large as each other
            per_class = round(share * len(rows) / CLASSES)
            rows = kc.data.label_subset(
                labeled[1], per_class=per_class, seed=seed
            )
        report = kc.evaluation.fine_tune(
            encoder,
            labeled,
            test,
            rows=rows,
            views=kc.views.MultiView(
                [kc.views.Pipeline([setting.crop()])], seed=seed
            ),
            learning_rate=options.validate or RATE,
            epochs=(1 if options.quick else epochs) * options.times,
            batch_size=128,
            seed=seed,
        )
        found[name] = round(report.accuracy, 4)
    return found


def load(options, split, **kwargs):
    return kc.data.load(
        "fashion_mnist", split, BATCH, manual_dir=options.manual_dir, **kwargs
    )


def arrays(batches):
    return tuple(map(np.concatenate, zip(*batches, strict=True)))


PARTS = {
    "fine_tune": fine_tune,
    "detection": detection,
    "segmentation": segmentation,
    "instance": instance,
}


def columns(runs):
    """The runs, or those of each figure, if a run has several."""
    if not isinstance(runs[0], dict):
        return runs
    return {label: [run[label] for run in runs] for label in runs[0]}


def table(results):
    for part, starts in results.items():
        print(part)
        for start, found in starts.items():
            rows = found if isinstance(found, dict) else {"": found}
            for label, values in rows.items():
                scratch = starts.get("scratch", [])
                if label and scratch:
                    scratch = scratch[label]
                cells = [mean_and_spread(values)]
                both = min(len(values), len(scratch))
                if start != "scratch" and both > 1:
                    cells.append(effect(values[:both], scratch[:both]))
                print(f"  {start:8}{label:>6}", *cells, sep="  ")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=[*PARTS])
    parser.add_argument(
        "--starts", nargs="+", choices=STARTS, default=[*STARTS]
    )
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--manual-dir", help="folder of the restored files")
    parser.add_argument("--validate", type=float, metavar="RATE")
    parser.add_argument(
        "--epochs",
        dest="times",
        metavar="TIMES",
        type=int,
        default=1,
        help="times as many, on the labels",
    )
    parser.add_argument("--quick", action="store_true", help="a smoke test")
    options = parser.parse_args()
    print(setting(), flush=True)
    if options.quick:
        options.seeds = 1
    if options.validate:
        for start in options.starts:
            print(start, options.validate, fine_tune(start, 100, options))
        return
    record = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    record = {} if options.quick else record
    budget = record
    if options.times > 1:
        budget = record.setdefault(f"epochs_x{options.times}", {})
    budget.setdefault(
        "set_up",
        f"Begun {time.strftime('%Y-%m-%d')}, {os.cpu_count()} CPU cores, "
        f"Keras {keras.__version__} on {keras.backend.backend()}.",
    )
    results = budget.setdefault("results", {})
    for seed in range(options.seeds):
        for part in options.parts:
            for start in options.starts:
                runs = results.setdefault(part, {}).setdefault(start, [])
                if len(runs) > seed:
                    continue
                runs.append(PARTS[part](start, seed, options))
                print(part, start, f"seed {seed}:", runs[-1], flush=True)
                keras.backend.clear_session()
                if not options.quick:
                    write_results(RESULTS, record)
    shown = {
        part: {start: columns(runs) for start, runs in starts.items()}
        for part, starts in results.items()
    }
    table(shown)
    print(json.dumps(shown))


if __name__ == "__main__":
    main()

"""What is a pretrained encoder worth with few labels, or for other tasks?

python benchmarks/transfer.py [--parts fine_tune detection segmentation]
    [--seeds 3] [--manual-dir FOLDER] [--validate RATE] [--quick]

Three starts are compared at an equal budget: an untrained encoder ("scratch"),
one pretrained by SimCLR, one by MIO, without labels.

* `fine_tune`: Fashion-MNIST. Pretrained on 20,000 images for four epochs, as in
  `methods.py`; then `evaluation.fine_tune` on 1 % and 10 % of their labels, as
  many of each class, for 600 steps of 128 images, and on all of them for ten
  epochs. Accuracy on the 10,000 test images.
* `detection` and `segmentation`: 4,000 generated shapes of 64 pixels.
  Pretrained for ten epochs; then 500 labeled images for 20 epochs.
  Detection: keras-cv's RetinaNet with small heads on the encoder's feature
  pyramid; the share of test images whose surest box has the right class and an
  IoU of 0.5 and more.
  Segmentation: `export.segmenter`; mean IoU over ten shapes and background.
  Both on 500 test images.

Test images chose nothing. `--validate` tries a learning rate of fine-tuning on
5,000 other training images, seed 100: with all labels, for three epochs, 0.1
was better from scratch than 0.025 (SimCLR's rule) and 0.4; all starts have it.
Results enter `benchmarks/transfer.json` one by one; what is there is not run
again.
"""

import argparse
import json
import os
import pathlib
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

import keras
import methods
import numpy as np
from machine import setting
from results import write_results
from seeds import effect, mean_and_spread

import keras_contrastive as kc

RESULTS = pathlib.Path(__file__).with_name("transfer.json")
STARTS = {"scratch": None, "SimCLR": methods.simclr, "MIO": methods.mio}
SHARES = {"1%": (0.01, 600), "10%": (0.1, 40), "100%": (1.0, 10)}  # epochs
RATE = 0.1
SIDE, CLASSES = 64, 10
PRETRAINED = {}  # weights by start and seed


class Setting(methods.Setting):
    """Shapes of 64 pixels, and an encoder with the levels P1 to P5."""

    def __init__(self, seed, num_images):
        super().__init__("shapes", seed, num_images)
        self.side = SIDE

    def encoder(self):
        return kc.encoders.ResNet18(
            (SIDE, SIDE, 3),
            stem="imagenet",
            width=16,
            zero_init_residual=False,
        )


def pretrain(start, setting, train, options):
    """An encoder, trained without labels or as it begins."""
    keras.utils.set_random_seed(setting.seed)
    if STARTS[start] is None:
        return setting.encoder()
    model = STARTS[start](setting)
    methods.compile_model(model, options)
    model.fit(train, epochs=options.epochs, verbose=0)
    return model.encoder


def fine_tune(start, seed, options):
    """Accuracies by share of the labels."""
    options.dataset, options.count, options.epochs = "fashion_mnist", 20_000, 4
    if options.quick:
        options.count, options.epochs = 1000, 1
    split = f"train[:{options.count}]"
    setting = methods.Setting("fashion_mnist", seed, options.count)
    train = methods.load(options, split, seed=seed)
    encoder = pretrain(start, setting, train, options)
    labeled = arrays(methods.load(options, split, labels=True))
    asked = "train[20000:25000]" if options.validate else "test"
    test = arrays(methods.load(options, asked, labels=True))
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
            epochs=1 if options.quick else epochs,
            batch_size=128,
            seed=seed,
        )
        found[name] = round(report.accuracy, 4)
    return found


def arrays(batches):
    return tuple(map(np.concatenate, zip(*batches, strict=True)))


def pretrain_on_shapes(start, seed, options):
    """A fresh encoder with pretrained weights, which are found once."""
    options.count, options.epochs = 4000, 10
    if options.quick:
        options.count, options.epochs = 512, 1
    setting = Setting(seed, options.count)
    if (start, seed) not in PRETRAINED:
        train = kc.data.shapes(
            options.count, methods.BATCH, image_size=SIDE, shuffle=True
        )
        encoder = pretrain(start, setting, train, options)
        PRETRAINED[start, seed] = encoder.get_weights()
    encoder = setting.encoder()
    encoder.set_weights(PRETRAINED[start, seed])
    return encoder


def pictures(split, options):
    """Images in 0..1 and their masks."""
    count = 64 if options.quick else 500
    images = next(
        iter(
            kc.data.shapes(
                count, count, split=split, image_size=SIDE, shuffle=False
            )
        )
    )
    masks = kc.data.shape_masks(count, split=split, image_size=SIDE)
    return np.asarray(images, "float32") / 255, masks


def detection(start, seed, options):
    """Share of test images whose surest box is right."""
    import keras_cv

    encoder = pretrain_on_shapes(start, seed, options)
    (images, masks), (tests, test_masks) = (
        pictures(split, options) for split in ("train", "test")
    )
    keras.utils.set_random_seed(seed)
    detector = keras_cv.models.RetinaNet(
        kc.export.feature_pyramid(encoder),
        num_classes=CLASSES,
        bounding_box_format="xyxy",
        # The surest box counts, however unsure.
        prediction_decoder=keras_cv.layers.NonMaxSuppression(
            "xyxy", from_logits=True, confidence_threshold=0.0
        ),
        classification_head=detection_head(CLASSES, prior=0.01),
        box_head=detection_head(4, prior=0.5),
    )
    detector.compile(
        optimizer=keras.optimizers.AdamW(1e-3, weight_decay=1e-4),
        classification_loss="focal",
        box_loss="smoothl1",
        jit_compile=False,
    )
    boxes = {
        "boxes": kc.data.shape_boxes(masks)[:, None],
        "classes": classes(masks)[:, None].astype("float32"),
    }
    epochs = 1 if options.quick else 20
    detector.fit(images, boxes, batch_size=32, epochs=epochs, verbose=0)
    found = detector.predict(tests, batch_size=50, verbose=0)
    surest = found["confidence"].argmax(axis=1)
    rows = np.arange(len(tests))
    right = found["classes"][rows, surest] == classes(test_masks)
    overlap = iou(found["boxes"][rows, surest], kc.data.shape_boxes(test_masks))
    return round(float(np.mean(right & (overlap >= 0.5))), 4)


def detection_head(outputs, prior, anchors=9, pyramid=256):
    """A quarter as wide as keras-cv's, for all levels; begins at the prior."""
    x = level = keras.Input((None, None, pyramid))
    for _ in range(2):
        x = keras.layers.Conv2D(64, 3, padding="same", activation="relu")(x)
    bias = keras.initializers.Constant(np.log(prior / (1 - prior)))
    last = keras.layers.Conv2D(
        outputs * anchors, 3, padding="same", bias_initializer=bias
    )
    return keras.Model(level, last(x))


def classes(masks):
    return masks.max(axis=(1, 2)) - 1


def iou(boxes, others):
    """Intersection over union, box by box, of `(n, 4)` corners."""
    first = np.maximum(boxes[:, :2], others[:, :2])
    last = np.minimum(boxes[:, 2:], others[:, 2:])
    both = np.prod(np.maximum(last - first, 0), axis=1)
    area, other = (
        np.prod(np.maximum(x[:, 2:] - x[:, :2], 0), axis=1)
        for x in (boxes, others)
    )
    return both / np.maximum(area + other - both, 1e-6)


def segmentation(start, seed, options):
    """Mean IoU of the test pixels."""
    encoder = pretrain_on_shapes(start, seed, options)
    (images, masks), (tests, test_masks) = (
        pictures(split, options) for split in ("train", "test")
    )
    keras.utils.set_random_seed(seed)
    model = kc.export.segmenter(encoder, CLASSES + 1)
    model.compile(
        keras.optimizers.AdamW(1e-3, weight_decay=1e-4),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=False,
    )
    epochs = 1 if options.quick else 20
    model.fit(images, masks, batch_size=32, epochs=epochs, verbose=0)
    score = keras.metrics.MeanIoU(
        CLASSES + 1, sparse_y_true=True, sparse_y_pred=False
    )
    score.update_state(test_masks, model.predict(tests, verbose=0))
    return round(float(score.result()), 4)


PARTS = {
    "fine_tune": fine_tune,
    "detection": detection,
    "segmentation": segmentation,
}


def table(results):
    for part, starts in results.items():
        print(part)
        for start, found in starts.items():
            rows = found.items() if part == "fine_tune" else [("", found)]
            for label, values in rows:
                scratch = starts["scratch"]
                scratch = scratch[label] if label else scratch
                cells = [mean_and_spread(values)]
                if start != "scratch" and len(values) > 1:
                    cells.append(effect(values, scratch))
                print(f"  {start:8}{label:>6}", *cells, sep="  ")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=[*PARTS])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--manual-dir", help="folder of the restored files")
    parser.add_argument("--validate", type=float, metavar="RATE")
    parser.add_argument("--quick", action="store_true", help="a smoke test")
    options = parser.parse_args()
    print(setting(), flush=True)
    if options.quick:
        options.seeds = 1
    if options.validate:
        for start in STARTS:
            print(start, options.validate, fine_tune(start, 100, options))
        return
    record = {
        "set_up": f"Begun {time.strftime('%Y-%m-%d')}, {os.cpu_count()} CPU "
        f"cores, Keras {keras.__version__} on {keras.backend.backend()}.",
        "results": {},
    }
    if RESULTS.exists() and not options.quick:
        record = json.loads(RESULTS.read_text())
    results = record["results"]
    for seed in range(options.seeds):
        for part in options.parts:
            for start in STARTS:
                runs = results.setdefault(part, {}).setdefault(start, [])
                if len(runs) > seed:
                    continue
                runs.append(PARTS[part](start, seed, options))
                print(part, start, f"seed {seed}:", runs[-1], flush=True)
                keras.backend.clear_session()
                if not options.quick:
                    write_results(RESULTS, record)
    shown = {
        part: {
            start: {share: [run[share] for run in runs] for share in SHARES}
            if part == "fine_tune"
            else runs
            for start, runs in starts.items()
        }
        for part, starts in results.items()
    }
    table(shown)
    print(json.dumps(shown))


if __name__ == "__main__":
    main()

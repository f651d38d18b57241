"""How much should views share? The reverse U, shared factors, learned views.

python benchmarks/infomin.py [--parts patches jitter ladder factors colors]
    [--seeds 3] [--manual-dir FOLDER] [--figures FOLDER] [--quick]

Small models on two CPU cores; the encoder is `SmallCNN`, trained by SimCLR with
temperature 0.1, batch 256 and AdamW. I_NCE is InfoNCE's bound on held-out
images in nats, at most log 511 = 6.24, in `colors` log 256 = 5.55; accuracy is
that of a linear probe, on images that chose nothing.

* `patches`: two patches of 16 pixels of a photograph, further and further
  apart. Task: which of hundreds of tiles of 64 pixels is a patch cut from,
  learned from its upper half, asked of its lower. Tiles and held-out images are
  of the right part of each photograph, training images of the left part.
* `jitter`: generated shapes under stronger and stronger color jitter. Task:
  which shape.
* `ladder`: pairs of pictures that share the shape in some of the pairs, in
  all, and then more and more of the rest. Task: which shape.
* `factors`: pairs that share the shape, the color, the background, two of
  them, or all. Which of the factors can be read?
* `colors`: one channel against two, of color spaces, and of colors that are
  learned with no label or with one image in ten labeled. New encoders are
  trained on the learned views, 12 epochs each. Tasks: which shape, in generated
  shapes of 16 pixels; and which garment, in images whose colors are a mixture
  of three sources, two that show it in noise and one that shows another.

Behind ± stands the standard deviation over seeds. Results enter
`benchmarks/infomin/` one by one; what is there is not run again.
"""

import argparse
import json
import os
import pathlib
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

import keras
import numpy as np
from learned_colors import compare_colors
from machine import setting
from method_rows import BATCH
from photographs import halves, labeled_patches, many_windows
from results import write_results

import keras_contrastive as kc
from keras_contrastive.evaluation import linear_probe, sweep_views

FOLDER = pathlib.Path(__file__).with_name("infomin")
PATCH, TILE, APART = 16, 64, 96
PLACE = ("x", "y", "size", "aspect", "rotation")
COLORS = ("hue", "background_hue", "background_value")
# The names are those of the recorded results.
LADDER = {
    "30 %": {"shape": 0.3},
    "60 %": {"shape": 0.6},
    "shape": ["shape"],
    "+ texture": ["shape", "background_texture"],
    "+ place": ["shape", "background_texture", *PLACE],
    "+ colors": ["shape", "background_texture", *PLACE, *COLORS],
}
# What pairs share, and what is asked of the features.
SHARED = {
    "shape": ["shape"],
    "color": ["hue"],
    "background": ["background_hue"],
    "shape, color": ["shape", "hue"],
    "shape, background": ["shape", "background_hue"],
    "all": [*LADDER["+ colors"]],
}
ASKED = ("shape", "hue", "background_hue", "background_texture", "x")
CLASSES = 8


def make_model(views, seed):
    encoder = kc.encoders.SmallCNN((None, None, 3))
    head = kc.layers.ProjectionHead(128, hidden_units=512)
    model = kc.SimCLR(encoder, views, head, temperature=0.1)
    model.compile(keras.optimizers.AdamW(2e-3, weight_decay=1e-4))
    return model


def shapes(count, split, **kwargs):
    """Generated images and their labels, as arrays."""
    kwargs = {"labels": "shape", **kwargs}
    return next(iter(kc.data.shapes(count, count, split=split, **kwargs)))


def pairs(shared, split, count):
    """Function for `sweep_views`: pairs that share what a name stands for."""

    def make(name, seed):
        return kc.data.shape_pairs(count, shared[name], split=split, seed=seed)

    return make


def sweep(part, options, *arguments, **kwargs):
    found = sweep_views(
        *arguments,
        make_model=make_model,
        seeds=options.seeds,
        batch_size=options.batch_size,
        path=options.folder / f"{part}.json",
        **kwargs,
    )
    print(found)
    best, (first, last) = found.sweet_spot()
    print(f"best: {best}; not worse: {first} to {last}")
    print("above both ends:", found.is_interior(), flush=True)
    if options.figures:
        figure = kc.visualization.plot_reverse_u(found)
        figure.savefig(options.figures / f"{part}.png")
    return found.to_dict()


def patches(options):
    left, right = halves()
    family = kc.views.patch_distances(
        PATCH, values=(0, 4, 8, 16, 32, 64, APART)
    )
    bank, queries = labeled_patches(right, TILE, PATCH, stride=8)
    train = many_windows(left, PATCH + APART, stride=16)
    return sweep(
        "patches",
        options,
        family.make_views,
        family.values,
        train[: options.count],
        bank,
        queries,
        held_out=many_windows(right, PATCH + APART, 8)[: options.tested],
        epochs=3 * options.epochs,
        name=family.name,
    )


def jitter(options):
    family = kc.views.jitter_strengths(
        32, values=(0.0, 0.5, 1.0, 1.5, 2.5, 4.0)
    )
    images, labels = shapes(options.count, "train")
    return sweep(
        "jitter",
        options,
        family.make_views,
        family.values,
        images,
        (images, labels),
        shapes(options.tested, "test"),
        epochs=options.epochs,
        name=family.name,
    )


def ladder(options):
    return sweep(
        "ladder",
        options,
        lambda name: None,
        LADDER,
        pairs(LADDER, "train", options.count),
        shapes(options.count, "train"),
        shapes(options.tested, "test"),
        held_out=pairs(LADDER, "test", options.tested),
        epochs=options.epochs,
        name="shared factors",
    )


def factors(options):
    """Accuracy of each factor, for each set of factors that pairs share."""
    bank, known = shapes(options.count, "train", labels="all")
    queries, asked = shapes(options.tested, "test", labels="all")
    path = options.folder / "factors.json"
    found = json.loads(path.read_text()) if path.exists() else {}
    for seed in range(options.seeds):
        for name in ("untrained", *SHARED):
            row = found.setdefault(name, {factor: [] for factor in ASKED})
            if len(row[ASKED[0]]) > seed:
                continue
            keras.utils.set_random_seed(seed)
            model = make_model(None, seed)
            if name in SHARED:
                views = pairs(SHARED, "train", options.count)(name, seed)
                model.fit(
                    views,
                    batch_size=options.batch_size,
                    epochs=options.epochs,
                    verbose=0,
                )
            for factor in ASKED:
                report = linear_probe(
                    model.encoder,
                    (bank, classes(known[factor])),
                    (queries, classes(asked[factor])),
                )
                row[factor].append(round(report.accuracy, 4))
            print(
                name, {factor: row[factor][-1] for factor in ASKED}, flush=True
            )
            write_results(path, found)
    return found


def classes(values):
    """Integers as they are; numbers in 0..1 cut into equal classes."""
    values = np.asarray(values)
    if values.dtype.kind == "i":
        return values
    return np.minimum((values * CLASSES).astype("int32"), CLASSES - 1)


PARTS = {
    "patches": patches,
    "jitter": jitter,
    "ladder": ladder,
    "factors": factors,
    "colors": compare_colors,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=[*PARTS])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--manual-dir", help="of Fashion-MNIST, off line")
    parser.add_argument("--figures", type=pathlib.Path, help="folder")
    parser.add_argument("--quick", action="store_true", help="a smoke test")
    options = parser.parse_args()
    print(setting(), flush=True)
    options.folder = FOLDER
    options.count, options.tested, options.epochs = 5000, 2048, 8
    options.batch_size, options.color_epochs = BATCH, 12
    if options.quick:
        options.folder = pathlib.Path(tempfile.mkdtemp())
        options.count, options.tested, options.epochs = 256, 128, 1
        options.seeds, options.batch_size, options.color_epochs = 1, 64, 1
    options.folder.mkdir(exist_ok=True)
    if options.figures:
        options.figures.mkdir(parents=True, exist_ok=True)
    print(json.dumps({name: PARTS[name](options) for name in options.parts}))


if __name__ == "__main__":
    main()

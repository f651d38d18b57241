"""Draws the figure of the first page: views, and neighbors of an image.

python docs/build_site/neighbors.py

Of drawings, which `benchmarks/prepare_drawings.py` has prepared, by an encoder
that is trained as in the table of results, with seed 0; it waits in
`build/neighbors.keras` and is not trained again. Nothing is chosen: the images
are the first test image of every other class.
"""

import argparse
import json
import pathlib
import sys

import keras
import matplotlib.pyplot as plt
import numpy as np

import keras_contrastive as kc

ROOT = pathlib.Path(__file__).parents[2]
sys.path.append(str(ROOT / "benchmarks"))
from method_rows import BATCH, Setting, simclr  # noqa: E402
from one_run import compile_model  # noqa: E402
from pictures import pictures  # noqa: E402

OUTPUT = ROOT / "docs" / "figures" / "neighbors.png"
ENCODER = ROOT / "build" / "neighbors.keras"
SIDE, SEEN = 32, 640_000
NEIGHBORS = 4
SAME, OTHER, PLAIN = "#2e9e5b", "#9aa0a6", "#7d818a00"
TEXT = "#7d818a"  # read on white and on black
TITLES = {
    0: "image",
    1.5: "its two views",
    4.5: "nearest by pixels",
    8.5: "nearest by features",
}


def trained_encoder(held, s):
    """By SimCLR, at the setting that validation images have chosen."""
    if ENCODER.exists():
        return keras.saving.load_model(ENCODER)
    results = json.loads((ROOT / "benchmarks" / "methods.json").read_text())
    chosen = results["settings"][f"drawings, {SIDE}, {SEEN}, SimCLR"]
    keras.utils.set_random_seed(0)
    model = simclr(s, chosen["knob"])
    count = len(held.unlabeled)
    epochs = round(SEEN / count)
    compile_model(model, chosen["rate"], count, BATCH, epochs)
    data = kc.data.from_arrays(
        held.unlabeled, batch_size=BATCH, shuffle=True, seed=0
    )
    model.fit(data, epochs=epochs, verbose=2)
    model.encoder.save(ENCODER)
    return model.encoder


def nearest(queries, bank):
    """Rows of the bank with the largest cosines, for each query."""
    queries, bank = (
        np.reshape(x, (len(x), -1)).astype("float32") for x in (queries, bank)
    )
    bank /= np.linalg.norm(bank, axis=1, keepdims=True)
    return np.argsort(-queries @ bank.T, axis=1)[:, :NEIGHBORS]


def main():
    argparse.ArgumentParser(description=__doc__).parse_args()
    held = pictures("drawings", SIDE)
    s = Setting("drawings", 0, len(held.unlabeled), SEEN, SIDE)
    encoder = trained_encoder(held, s)
    (images, labels), (queries, wanted) = held.train, held.test
    rows = [np.argmax(wanted == name) for name in range(0, held.classes, 2)]
    features, found = (
        kc.evaluation.extract_features(encoder, (x, np.zeros(len(x), int)))[0]
        for x in (images, queries)
    )
    by_pixels = nearest(queries[rows], images)
    by_features = nearest(found[rows], features)
    views = s.views()(queries[rows], training=True)
    views = [np.asarray(view) for view in views]

    columns = 3 + 2 * NEIGHBORS
    figure, grid = plt.subplots(
        len(rows),
        columns,
        figsize=(columns * 0.72, len(rows) * 0.76),
        dpi=130,
    )
    for row, number in enumerate(rows):
        cells = [(queries[number], PLAIN), *((v[row], PLAIN) for v in views)]
        for neighbor in (*by_pixels[row], *by_features[row]):
            same = labels[neighbor] == wanted[number]
            cells.append((images[neighbor], SAME if same else OTHER))
        for axes, (image, color) in zip(grid[row], cells, strict=True):
            axes.imshow(image, interpolation="nearest")
            axes.set(xticks=[], yticks=[])
            for spine in axes.spines.values():
                spine.set(color=color, linewidth=3)
    for place, title in TITLES.items():
        axes = grid[0][int(place)]
        x = 0.5 if place == int(place) else 1.05
        axes.text(
            x,
            1.12,
            title,
            ha="center",
            fontsize=9,
            color=TEXT,
            transform=axes.transAxes,
        )
    figure.subplots_adjust(0.01, 0.01, 0.99, 0.92, wspace=0.06, hspace=0.06)
    # Three groups, with a gap before each of the last two.
    for axes_row in grid:
        for place, axes in enumerate(axes_row):
            box = axes.get_position()
            shift = 0.012 * (place >= 3) + 0.012 * (place >= 3 + NEIGHBORS)
            axes.set_position(
                [box.x0 * 0.974 + shift, box.y0, box.width * 0.974, box.height]
            )
    OUTPUT.parent.mkdir(exist_ok=True)
    figure.savefig(OUTPUT, transparent=True)
    print(f"{OUTPUT}: {OUTPUT.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()

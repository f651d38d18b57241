"""Draws the figure of the first page: views, and neighbors of an image.

make demo && python docs/build_site/neighbors.py

It takes the encoder that `make demo` has trained and chooses nothing: the
images are the first test image of every other shape.
"""

import argparse
import pathlib

import keras
import matplotlib.pyplot as plt
import numpy as np

import keras_contrastive as kc

OUTPUT = pathlib.Path(__file__).parents[1] / "figures" / "neighbors.png"
NEIGHBORS, ROWS = 4, 5
SAME, OTHER, PLAIN = "#1a9850", "#d9d9d9", "#ffffff"
TITLES = {
    0: "image",
    1.5: "its two views",
    4.5: "nearest by pixels",
    8.5: "nearest by features",
}


def pipeline():
    """Views of the quickstart: any crop, any color, gray half of the time."""
    return kc.views.Pipeline(
        [
            kc.views.RandomResizedCrop(32, scale=(0.3, 1.0)),
            kc.views.ColorJitter(0.8, 0.8, 0.8, 0.5, probability=0.9),
            kc.views.Grayscale(probability=0.5),
        ]
    )


def collect(batches):
    pairs = list(batches)
    return [np.concatenate(part) for part in zip(*pairs, strict=True)]


def nearest(queries, bank):
    """Rows of the bank with the largest cosines, for each query."""
    queries, bank = (
        np.reshape(x, (len(x), -1)).astype("float32") for x in (queries, bank)
    )
    bank /= np.linalg.norm(bank, axis=1, keepdims=True)
    return np.argsort(-queries @ bank.T, axis=1)[:, :NEIGHBORS]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--encoder", default="demo/encoder.keras")
    encoder = keras.saving.load_model(parser.parse_args().encoder)
    bank = kc.data.shapes(10_000, 250, labels=True)
    test = kc.data.shapes(1_000, 250, split="test", labels=True)
    images, labels = collect(bank)
    queries, wanted = collect(test)
    rows = [np.argmax(wanted == shape) for shape in range(0, 2 * ROWS, 2)]
    features, _ = kc.evaluation.extract_features(encoder, bank)
    found, _ = kc.evaluation.extract_features(encoder, test)
    by_pixels = nearest(queries[rows], images)
    by_features = nearest(found[rows], features)
    views = kc.views.MultiView([pipeline(), pipeline()], seed=0)
    views = [np.asarray(view) for view in views(queries[rows], training=True)]

    columns = 3 + 2 * NEIGHBORS
    figure, grid = plt.subplots(
        ROWS, columns, figsize=(columns * 0.72, ROWS * 0.76), dpi=130
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
            x, 1.12, title, ha="center", fontsize=9, transform=axes.transAxes
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
    figure.savefig(OUTPUT)
    print(f"{OUTPUT}: {OUTPUT.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()

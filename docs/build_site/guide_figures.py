"""Draws the figures of the guides, to be read on white and on black.

python docs/build_site/guide_figures.py [NAME ...]

From photographs of scikit-image and scikit-learn, from records of benchmarks
and of tutorials, and from the run in "Watch a run". `report.png` is a
photograph of a page that `python -m keras_contrastive pretrain` has written.
"""

import argparse
import base64
import json
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

import data_path
import drawing
import keras
import matplotlib.pyplot as plt
import numpy as np
import skimage.data
from matplotlib.text import Text
from PIL import Image
from sklearn.datasets import load_sample_images

import keras_contrastive as kc

ROOT = pathlib.Path(__file__).parents[2]
DOCS = ROOT / "docs"
GRAY, BLUE, ORANGE, GREEN = "#7d818a", "#3f90da", "#e76300", "#3aa55d"
SIZE = 224
# Figures of tutorials: which of its figures, counted from 0.
TAKEN = {
    "best": ("quickstart", 1),
    "embedding": ("quickstart", 2),
    "scores": ("feature_transformation", 1),
}


def photographs():
    names = "chelsea", "coffee", "astronaut", "rocket"
    images = [getattr(skimage.data, name)() for name in names]
    for image in [*images, *load_sample_images().images]:
        height, width = image.shape[:2]
        side = min(height, width)
        top, left = (height - side) // 2, (width - side) // 2
        square = Image.fromarray(image[top : top + side, left : left + side])
        yield np.asarray(square.resize((SIZE, SIZE)))


def views():
    pair = kc.views.simclr(image_size=SIZE, strength=0.5, seed=0)
    return kc.visualization.plot_views(pair, np.stack(list(photographs())))


def infomin():
    three = kc.views.infomin(SIZE, seed=0)
    return kc.visualization.plot_views(three, np.stack(list(photographs())))


def shapes():
    images, labels = next(iter(kc.data.shapes(200, 200, labels=True)))
    figure, grid = plt.subplots(2, 10, figsize=(9, 1.9), dpi=110)
    for label, column in enumerate(grid.T):
        for axes, image in zip(column, images[labels == label], strict=False):
            axes.imshow(image, interpolation="nearest")
            axes.axis("off")
    figure.subplots_adjust(0, 0, 1, 1, 0.06, 0.06)
    return figure


def curves():
    """The run in "Watch a run"."""
    keras.utils.set_random_seed(0)
    page = (DOCS / "watching.md").read_text("utf-8")
    names = {}
    exec(re.search("^```python\n(.*?)^```", page, re.M | re.S)[1], names)
    return kc.visualization.plot_history(names["history"])


def memory():
    """Of NT-Xent, at once and by blocks, as `benchmarks/blocks.py` found."""
    path = ROOT / "benchmarks" / "blocks.json"
    found = json.loads(path.read_text())["temporary_mib"]["NTXent"]
    figure, axes = plt.subplots(figsize=(6.5, 3.6), layout="constrained")
    for way, color in (("at once", ORANGE), ("blocks", BLUE)):
        sizes = [2 * int(name.removeprefix("N=")) for name in found[way]]
        axes.loglog(
            sizes,
            [value / 1024 for value in found[way].values()],
            "o-",
            color=color,
            linewidth=2.5,
            label=way,
        )
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.minorticks_off()
    axes.set(xlabel="views in the batch", ylabel="GiB")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    return figure


def devices():
    """Shares of the devices' speed that steps reach, as `scale.py` expects."""
    path = ROOT / "benchmarks" / "scale.json"
    rows = json.loads(path.read_text())["paper"]
    figure, axes = plt.subplots(figsize=(6.5, 3.6), layout="constrained")
    for batch, color in ((4096, ORANGE), (65_536, BLUE)):
        found = {
            row["devices"]: row["efficiency"]
            for row in rows
            if (row["method"], row["batch"]) == ("SimCLR", batch)
        }
        counts = sorted(found)
        shares = [100 * found[count] for count in counts]
        label = f"{batch:,} images a step"
        axes.semilogx(
            counts, shares, "o-", color=color, linewidth=2.5, label=label
        )
    axes.set_xticks(counts, [f"{count:,}" for count in counts])
    axes.minorticks_off()
    axes.set(xlabel="devices", ylabel="share used, %", ylim=(0, 103))
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    return figure


LIFE = """
import os, signal, sys
import keras
import keras_contrastive as kc

folder, last = sys.argv[1], int(sys.argv[2])
steps = 0


class Life(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs):
        print(epoch + 1, logs["loss"], flush=True)

    def on_train_batch_end(self, batch, logs):
        global steps
        steps += 1
        if steps == last:
            os.kill(os.getpid(), signal.SIGKILL)


keras.utils.set_random_seed(0)
train = kc.data.shapes(2000, 100, image_size=16, seed=0)
views = kc.views.simclr(image_size=16, blur=False, seed=0)
model = kc.SimCLR(kc.encoders.SmallCNN((16, 16, 3), width=12), views)
model.compile(keras.optimizers.Adam(1e-3))
save = kc.callbacks.Checkpoint(folder, every_steps=7)
model.fit(train, epochs=20, verbose=0, callbacks=[save, Life()])
"""


def killed():
    """A run killed twice in the middle of an epoch, beside one that was not."""
    figure, axes = plt.subplots(figsize=(6.5, 3.2), layout="constrained")
    whole, processes = lives(0)[0], lives(131, 127, 0)
    losses = dict(whole)
    differences = [
        abs(loss - losses[epoch]) for life in processes for epoch, loss in life
    ]
    print("largest difference of a loss:", max(differences))
    axes.plot(*zip(*whole, strict=True), color=GRAY, alpha=0.45, linewidth=9)
    for life, color in zip(processes, (BLUE, ORANGE, GREEN), strict=True):
        axes.plot(*zip(*life, strict=True), "o-", color=color, markersize=4)
    axes.legend(
        ["never killed", "first process", "second", "third"], frameon=False
    )
    axes.set(xlabel="epochs", ylabel="loss", xticks=range(2, 21, 2))
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def lives(*last):
    """Epochs and losses that each process prints before its last step."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for steps in last:
            done = subprocess.run(
                [sys.executable, "-c", LIFE, folder, str(steps)],
                stdout=subprocess.PIPE,
                text=True,
            )
            if done.returncode != (-signal.SIGKILL if steps else 0):
                raise RuntimeError(f"ended with {done.returncode}")
            lines = [line.split() for line in done.stdout.splitlines()]
            found.append([(int(epoch), float(loss)) for epoch, loss in lines])
    return found


FIGURES = {
    "killed": killed,
    "views": views,
    "infomin": infomin,
    "shapes": shapes,
    "curves": curves,
    "memory": memory,
    "devices": devices,
}


def save(figure, name):
    for text in figure.findobj(Text):
        text.set_color(GRAY)
    for axes in figure.axes:
        axes.tick_params(color=GRAY)
        axes.spines[:].set_color(GRAY)
    path = DOCS / "figures" / f"{name}.png"
    figure.savefig(path, transparent=True, dpi=110, bbox_inches="tight")
    plt.close(figure)


def of_tutorial(name, number):
    """A figure that a recorded run of a tutorial has drawn."""
    path = ROOT / "tutorials" / "executed" / f"{name}.ipynb"
    cells = json.loads(path.read_text("utf-8"))["cells"]
    outputs = [x for cell in cells for x in cell.get("outputs", [])]
    drawn = [
        output["data"]["image/png"]
        for output in outputs
        if "image/png" in output.get("data", {})
    ]
    return base64.b64decode("".join(drawn[number]))


def layers(*texts):
    return [(text, "layer") for text in texts]


COLUMN = data_path.Column
PATHS = {
    "stations": data_path.Path(
        [("images", "data"), ("views", "layer")],
        [COLUMN([("features", "data")]) for _ in range(2)],
        [
            ("outputs of embed, by name", "data"),
            ("contrasts: queries, candidates, positives", "data"),
            ("terms: a value per image, by pair_loss", "data"),
            ("scalar: their mean, over all devices", "data"),
        ],
    ),
    "others": data_path.Path(
        [],
        [
            COLUMN([("arrays, tf.data, Grain, PyTorch", "data")]),
            COLUMN(layers("an encoder, yours or of keras-hub")),
            COLUMN(layers("callbacks: W&B, TensorBoard")),
        ],
        [
            ("fit of a method", "layer"),
            ("the encoder: Keras file, SavedModel, ONNX", "data"),
        ],
    ),
    "recipe": data_path.Path(
        [("python -m keras_contrastive recipe NAME", "data")],
        [
            COLUMN(layers("data", "views")),
            COLUMN(layers("encoder", "heads", "loss")),
            COLUMN(layers("optimizer", "schedule", "batch, epochs")),
        ],
        [
            ("training, with checkpoint, k-NN and guards", "layer"),
            ("linear evaluation as in the paper", "layer"),
            ("results.json, encoder.keras, figures", "data"),
        ],
    ),
    "contract": data_path.Path(
        [("images, floats in 0..1", "data")],
        [COLUMN(layers("what the network wants", "network", "pooling"))],
        [("features, one vector an image", "data")],
    ),
    "pretrained": data_path.Path(
        [("images, floats in 0..1", "data")],
        [COLUMN(layers("Rescaling, as it was trained", "weights of ImageNet"))],
        layers("projector: random", "loss"),
    ),
    "replicas": data_path.Path(
        [("the batch, in the order of one device", "data")],
        [
            COLUMN([("its part", "data"), *layers("views", "encoder")])
            for _ in range(3)
        ],
        layers("projections of all, gathered", "the loss of the whole batch"),
    ),
}
TITLES = {
    "stations": "The stations of a batch",
    "others": "What comes from other libraries, and where it goes",
    "recipe": "What a recipe holds and what the command does",
    "contract": "What an encoder takes and returns",
    "pretrained": "An encoder with weights of ImageNet in a model",
    "replicas": "A batch on three devices",
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    names = [*FIGURES, *TAKEN, *PATHS]
    parser.add_argument("names", nargs="*", metavar="NAME")
    for name in parser.parse_args().names or names:
        if name in FIGURES:
            save(FIGURES[name](), name)
        elif name in TAKEN:
            png = of_tutorial(*TAKEN[name])
            (DOCS / "figures" / f"{name}.png").write_bytes(png)
        else:
            drawn = drawing.draw(PATHS[name], TITLES[name])
            (DOCS / "figures" / f"{name}.svg").write_text(drawn + "\n")
        print(name, flush=True)


if __name__ == "__main__":
    main()

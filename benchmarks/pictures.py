"""The pictures that benchmarks of accuracy learn from, in three parts.

An encoder learns from `unlabeled`; k-NN and probes learn from `train`, and
answer for `validation`, by which settings are chosen, or for `test`, which
chooses nothing.
"""

import dataclasses
import functools
import os
import pathlib

import numpy as np

import keras_contrastive as kc
from keras_contrastive._replacing import replacing

FASHION_MNIST = os.environ.get("FASHION_MNIST", "build/fashion_mnist")
DRAWINGS = os.environ.get("DRAWINGS", "build/drawings")
READY = os.environ.get("READY_PICTURES", "build/pictures")
PARTS = "train", "validation", "test"


@dataclasses.dataclass(frozen=True)
class Pictures:
    """Each part is a pair of arrays, `uint8` images and their classes."""

    unlabeled: np.ndarray
    train: tuple[np.ndarray, np.ndarray]
    validation: tuple[np.ndarray, np.ndarray]
    test: tuple[np.ndarray, np.ndarray]

    @property
    def channels(self):
        return self.unlabeled.shape[-1]

    @property
    def classes(self):
        return int(self.train[1].max()) + 1


def arrays(batches):
    """All images and labels of a data set in order."""
    parts = zip(*batches, strict=True)
    return tuple(
        np.concatenate([np.asarray(x) for x in part]) for part in parts
    )


def shapes(side):
    """Generated shapes: 10,000 to learn from, twice 2,000 to ask for."""

    def part(count, split, seed):
        return arrays(
            kc.data.shapes(
                count,
                count,
                split=split,
                seed=seed,
                image_size=side,
                labels=True,
            )
        )

    train = part(10_000, "train", 0)
    others = part(2_000, "test", 1), part(2_000, "test", 0)
    return Pictures(train[0], train, *others)


def fashion_mnist(side):
    """Garments: the first 20,000, the last 5,000, and the 10,000 for tests.

    Off line, `restore_fashion_mnist.py` makes the folder FASHION_MNIST.
    """
    manual = FASHION_MNIST if pathlib.Path(FASHION_MNIST).is_dir() else None

    def part(split):
        return arrays(
            kc.data.load(
                "fashion_mnist",
                split,
                5_000,
                image_size=side,
                labels=True,
                manual_dir=manual,
            )
        )

    train = part("train[:20000]")
    return Pictures(train[0], train, part("train[55000:]"), part("test"))


def drawings(side):
    """Drawings of twelve subjects, from `prepare_drawings.py`."""

    def part(name):
        folder = pathlib.Path(DRAWINGS, name)
        return arrays(
            kc.data.from_folder(folder, 256, image_size=side, labels=True)
        )

    train = part("train")
    images, _ = part("others")
    unlabeled = np.concatenate([train[0], images])
    return Pictures(unlabeled, train, part("validation"), part("test"))


LOADERS = {
    "shapes": shapes,
    "fashion_mnist": fashion_mnist,
    "drawings": drawings,
}


@functools.cache
def pictures(name, side):
    """The pictures of a data set, held ready in a file from the first time."""
    file = pathlib.Path(READY, f"{name}_{side}.npz")
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        made = LOADERS[name](side)
        parts = {"unlabeled": made.unlabeled}
        for part in PARTS:
            pair = getattr(made, part)
            parts |= zip(
                (f"{part}_images", f"{part}_labels"), pair, strict=True
            )
        with replacing(file) as unfinished, unfinished.open("wb") as stream:
            np.savez(stream, **parts)
    with np.load(file) as held:
        return Pictures(
            held["unlabeled"],
            *((held[f"{x}_images"], held[f"{x}_labels"]) for x in PARTS),
        )

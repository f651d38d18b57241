"""What both sides of `against_lightly.py` train on, and for how long."""

import dataclasses
import gzip
import pathlib

import numpy as np


@dataclasses.dataclass(frozen=True)
class Case:
    """What is trained; a width makes a ResNet-18, none a ResNet-50."""

    size: int
    batch: int
    images: int
    width: int | None
    strength: float
    blur: bool


CASES = {
    "32 px": Case(32, 256, 5120, 16, 0.5, False),
    "224 px": Case(224, 16, 64, None, 1.0, True),
    "quick": Case(32, 64, 256, 4, 0.5, False),
}


class Budget:
    """Steps of a run, of which half an epoch warms up."""

    rate, weight_decay = 2e-3, 1e-4

    def __init__(self, case, epochs):
        self.steps = epochs * (case.images // case.batch)
        self.warmup_steps = case.images // case.batch // 2


def small_images(case, mnist):
    """The bank, which is trained on, and the queries, each with labels."""

    def read(name, count):
        path = pathlib.Path(mnist, f"{name}-{{}}-ubyte.gz")
        images, labels = (
            gzip.decompress(pathlib.Path(str(path).format(part)).read_bytes())
            for part in ("images-idx3", "labels-idx1")
        )
        images = np.frombuffer(images, "uint8", offset=16).reshape(-1, 28, 28)
        images = np.pad(images[:count], ((0, 0), (2, 2), (2, 2)))
        labels = np.frombuffer(labels, "uint8", count, offset=8)
        return np.repeat(images[..., None], 3, -1), labels.astype("int64")

    return {"bank": read("train", case.images), "queries": read("t10k", 2000)}

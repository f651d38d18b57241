"""What both sides of `against_lightly.py` train on, and for how long."""

import dataclasses
import gzip
import math
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
    "224 px": Case(224, 16, 32, None, 1.0, True),
    "quick": Case(32, 64, 256, 4, 0.5, False),
}


class Budget:
    """Rate and decay of AdamW; half an epoch of all steps warms up."""

    rate, weight_decay, warmup_epochs = 2e-3, 1e-4, 0.5

    def __init__(self, case, epochs):
        steps = case.images // case.batch
        self.steps, self.warmup_steps = epochs * steps, steps // 2

    def share(self, step):
        """Of the rate at a step, as `kc.schedules.warmup_cosine` has it."""
        if step < self.warmup_steps:
            return step / self.warmup_steps
        left = self.steps - self.warmup_steps
        done = min((step - self.warmup_steps) / left, 1)
        return (1 + math.cos(math.pi * done)) / 2


def small_images(case, mnist):
    """The bank, which is trained on, and the queries, each with labels."""

    def read(name, count):
        images = unpack(mnist, f"{name}-images-idx3-ubyte.gz", header=16)
        images = images.reshape(-1, 28, 28)[:count]
        images = np.pad(images, ((0, 0), (2, 2), (2, 2)))[..., None]
        labels = unpack(mnist, f"{name}-labels-idx1-ubyte.gz", header=8)
        return np.repeat(images, 3, -1), labels[:count].astype("int64")

    return {"bank": read("train", case.images), "queries": read("t10k", 2000)}


def unpack(folder, name, header):
    packed = pathlib.Path(folder, name).read_bytes()
    return np.frombuffer(gzip.decompress(packed), "uint8", offset=header)

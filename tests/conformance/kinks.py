"""What enlarges rounding until two runs differ: ReLUs that cross their kink.

Two runs on one device, of which one starts from weights changed by 1e-7, as if
rounded otherwise. The second is made once as it is, and once with each ReLU on
the side of its kink where it was in the first. The figures of
docs/conformance.md, on PyTorch:

    KERAS_BACKEND=torch python -m tests.conformance.kinks
"""

import keras
import numpy as np
from keras import ops

import keras_contrastive as kc
from tests.conformance import tiny
from tests.conformance.methods import equimod_module
from tests.conformance.replicas import error

SIDE, BATCH, STEPS, CHANGE = 32, 8, 5, 1e-7
SHAPE = (SIDE, SIDE, 3)
CASES = {
    "table's, EquiMod 2048, 0.05": (tiny.encoder, kc.EquiMod, 0.05),
    "table's, EquiMod 2048, 0.01": (tiny.encoder, kc.EquiMod, 0.01),
    "table's, EquiMod 128, 0.05": (tiny.encoder, equimod_module, 0.05),
    "table's, EquiMod 128, 0.01": (tiny.encoder, equimod_module, 0.01),
    "table's, SimCLR, 0.05": (tiny.encoder, None, 0.05),
    "SmallCNN, EquiMod 2048, 0.01": (kc.encoders.SmallCNN, kc.EquiMod, 0.01),
    "SmallCNN, SimCLR, 0.05": (kc.encoders.SmallCNN, None, 0.05),
}


class Kinks(keras.callbacks.Callback):
    """Which ReLUs let through in training, in the order of their calls."""

    def __init__(self):
        super().__init__()
        self.sides, self.mode, self.in_step = [], "record", False

    def on_train_batch_begin(self, batch, logs=None):
        self.in_step, self.crossed = True, 0

    def on_train_batch_end(self, batch, logs=None):
        self.in_step = False

    def relu(self, x):
        if not self.in_step:
            return ops.relu(x)
        side = ops.convert_to_numpy(x > 0)
        if self.mode == "record":
            self.sides.append(side)
            return ops.relu(x)
        before = self.sides[self.calls]
        self.calls += 1
        self.crossed += int((side != before).sum())
        if self.mode == "same side":
            return x * ops.cast(before, x.dtype)
        return ops.relu(x)


def make(encoder, module):
    keras.utils.set_random_seed(0)
    model = kc.SimCLR(
        encoder(SHAPE),
        kc.views.simclr(image_size=SIDE, strength=0.5, blur=False, seed=1),
        modules=[module()] if module else [],
    )
    model.build((None, *SHAPE))
    return model


def images():
    rng = np.random.default_rng(7)
    coarse = rng.integers(20, 236, (STEPS * BATCH, 4, 4, 3))
    fine = rng.integers(-20, 20, (STEPS * BATCH, *SHAPE))
    return (coarse.repeat(8, 1).repeat(8, 2) + fine).astype("uint8")


def train(model, rate, kinks):
    """Weights after each step, and how many ReLUs have crossed in it."""
    model.compile(keras.optimizers.SGD(rate, momentum=0.9), run_eagerly=True)
    kinks.calls, weights, crossed = 0, [], []
    for batch in np.split(images(), STEPS):
        model.fit(
            batch,
            batch_size=BATCH,
            shuffle=False,
            verbose=0,
            callbacks=[kinks],
        )
        weights.append(model.get_weights())
        crossed.append(kinks.crossed)
    return weights, crossed


def change(model):
    rng = np.random.default_rng(1)
    for weight in model.trainable_weights:
        signs = rng.choice([-1, 1], weight.shape)
        weight.assign(weight * ops.cast(1 + CHANGE * signs, weight.dtype))


def main():
    kinks = Kinks()
    keras.layers.ReLU.call = lambda layer, x: kinks.relu(x)
    for name, (encoder, module, rate) in CASES.items():
        kinks.sides = []
        for mode in ("record", "as it is", "same side"):
            kinks.mode = mode
            model = make(encoder, module)
            if mode != "record":
                change(model)
            found, crossed = train(model, rate, kinks)
            if mode == "record":
                first = found
                count = sum(side.size for side in kinks.sides) // STEPS
                continue
            errors = [
                f"{error(*both):.0e}" for both in zip(first, found, strict=True)
            ]
            print(f"{name}, {mode}: {errors}, {crossed} of {count}", flush=True)


if __name__ == "__main__":
    main()

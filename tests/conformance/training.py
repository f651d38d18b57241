"""How the table trains: same weights, same images, on every backend."""

import json
import pathlib

import keras
import numpy as np
from keras import ops

from tests.conformance.methods import IMAGE_SHAPE, METHODS

TRACES = pathlib.Path(__file__).with_name("golden_traces.json")
GOLDEN = json.loads(TRACES.read_text()) if TRACES.exists() else {}
BATCH = 8


def images(count=BATCH):
    rng = np.random.default_rng(7)
    coarse = rng.integers(0, 256, (count, 4, 4, IMAGE_SHAPE[-1]), "uint8")
    return coarse.repeat(3, axis=1).repeat(3, axis=2)


def views_of(batch):
    views = (batch / 255).astype("float32")
    return views, views[:, ::-1].copy()


def make(method):
    """A built model whose weights come from NumPy: equal on all backends."""
    model = METHODS[method][0]()
    model.build(images().shape)
    set_weights_by_seed(model)
    return model


def set_weights_by_seed(model, seed=11):
    rng = np.random.default_rng(seed)
    for weight in model.trainable_weights:
        if len(weight.shape) > 1:
            scale = np.prod(weight.shape[:-1]) ** -0.5
            weight.assign(scale * rng.normal(size=weight.shape))


def train(model, steps, learning_rate=0.05, **compile_arguments):
    """Trains on different images each step; returns the loss of each."""
    optimizer = keras.optimizers.SGD(learning_rate, momentum=0.9)
    model.compile(optimizer, **compile_arguments)
    record = StepLosses()
    model.fit(
        images(steps * BATCH),
        batch_size=BATCH,
        shuffle=False,
        verbose=0,
        callbacks=[record],
    )
    return record.losses


class StepLosses(keras.callbacks.Callback):
    """Undoes the running mean of the logs."""

    def on_train_begin(self, logs=None):
        self.losses, self.total = [], 0.0

    def on_train_batch_end(self, batch, logs=None):
        total = float(logs["loss"]) * (batch + 1)
        self.losses.append(total - self.total)
        self.total = total


def numpy_weights(model):
    return [ops.convert_to_numpy(weight) for weight in model.weights]


def load_golden(method):
    return GOLDEN[method]


if __name__ == "__main__":
    # Records the traces anew, after a deliberate change of a method:
    # python -m tests.conformance.training
    traces = {name: train(make(name), steps=5) for name in METHODS}
    TRACES.write_text(json.dumps(traces, indent=1) + "\n")

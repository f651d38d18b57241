"""How the table trains: same weights, same images, on every backend."""

import functools
import json
import pathlib
import sys

import keras
import numpy as np
from keras import ops

from keras_contrastive.ops import num_replicas
from tests.conformance.methods import IMAGE_SHAPE, METHODS

TRACES = pathlib.Path(__file__).with_name("golden_traces.json")
GOLDEN = json.loads(TRACES.read_text()) if TRACES.exists() else {}
BATCH = 8


def images(count=BATCH):
    rng = np.random.default_rng(7)
    coarse = rng.integers(0, 256, (count, 4, 4, IMAGE_SHAPE[-1]), "uint8")
    return coarse.repeat(3, axis=1).repeat(3, axis=2)


def inputs(method, batch):
    """The images as the method takes them."""
    if not METHODS[method].index:
        return batch
    # Some images share a number, as where an epoch ends inside a batch.
    count = len(keras.tree.flatten(batch)[0])
    return {"images": batch, "index": np.arange(count, dtype="int32") // 2}


def labels(method, count=BATCH):
    return np.arange(count) % 3 if METHODS[method].labels else None


def make(method, **kwargs):
    """A built model whose weights come from NumPy: equal on all backends."""
    row = METHODS[method]
    distributed = num_replicas() > 1 or keras.distribution.distribution()
    views = row.views() if distributed else views_at_start(row.views)
    model = row.make(views, **kwargs)
    model.build(keras.tree.map_structure(np.shape, inputs(method, images())))
    set_weights_by_seed(model)
    return model


@functools.cache
def compiled_views(make):
    return make()


def views_at_start(make):
    """Views that are compiled once for all models."""
    views = compiled_views(make)
    for weight in views.weights:
        weight.assign(np.zeros(weight.shape, weight.dtype))
    return views


def set_weights_by_seed(model, seed=11):
    rng = np.random.default_rng(seed)
    # Weights of modules come after those of the method itself.
    of_modules = [w for module in model.parts for w in module.weights]
    of_modules = {id(weight) for weight in of_modules}
    for weight in sorted(
        model.trainable_weights, key=lambda weight: id(weight) in of_modules
    ):
        if len(weight.shape) > 1:
            scale = np.prod(weight.shape[:-1]) ** -0.5
            weight.assign(scale * rng.normal(size=weight.shape))


def fit(method, model, count, **kwargs):
    batch = images(count)
    model.fit(
        inputs(method, batch),
        labels(method, count),
        batch_size=BATCH,
        shuffle=False,
        verbose=0,
        **kwargs,
    )


def train(method, model, steps, **compile_arguments):
    """Trains on different images each step; returns the loss of each."""
    optimizer = keras.optimizers.SGD(METHODS[method].rate, momentum=0.9)
    model.compile(optimizer, **compile_arguments)
    record = StepLosses()
    fit(method, model, steps * BATCH, callbacks=[record])
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
    # Records traces anew, after a deliberate change of a method; all, or
    # those named: python -m tests.conformance.training MoCo BYOL
    for name in sys.argv[1:] or METHODS:
        GOLDEN[name] = train(name, make(name), steps=5)
    TRACES.write_text(json.dumps(GOLDEN, indent=1, sort_keys=True) + "\n")

"""Seconds of training steps as `fit` takes them."""

import statistics
import time

import keras
import numpy as np


class Training:
    """Trains a model on the same batch, again and again.

    Args:
        model: Compiled `keras.Model`, new.
        x, y: Arrays of one batch; y may be None.
        steps: Integer, steps of an epoch that is timed. Defaults to 1.
    """

    def __init__(self, model, x, y=None, steps=1):
        self.model, self.batch, self.steps = model, (x, y), steps
        self.size = len(keras.tree.flatten(x)[0])
        self.epoch = keras.tree.map_structure(
            lambda array: None if array is None else repeated(array, steps),
            self.batch,
        )
        self.clock = EpochClock()

    def first_step(self):
        """Seconds of a `fit` of one step, which traces and compiles it."""
        start = time.perf_counter()
        self.fit(self.batch)
        return time.perf_counter() - start

    def step(self):
        """Seconds of a step in an epoch, without what `fit` does around it."""
        self.fit(self.epoch, callbacks=[self.clock])
        return self.clock.seconds / self.steps

    def fit(self, data, **kwargs):
        x, y = data
        self.model.fit(
            x, y, batch_size=self.size, shuffle=False, verbose=0, **kwargs
        )


def repeated(array, count):
    return np.concatenate([array] * count)


class EpochClock(keras.callbacks.Callback):
    """Seconds of the last epoch: at its end Keras has waited for its logs."""

    def on_epoch_begin(self, epoch, logs=None):
        self.start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.seconds = time.perf_counter() - self.start


def step_seconds(trainings, repeats):
    """Medians of steps, in turn, after one epoch that does not count.

    Args:
        trainings: Dictionary, name to a `Training`.
        repeats: Integer.
    """
    seconds = {name: [] for name in trainings}
    for _ in range(repeats + 1):
        for name, training in trainings.items():
            seconds[name].append(training.step())
    return {name: statistics.median(s[1:]) for name, s in seconds.items()}

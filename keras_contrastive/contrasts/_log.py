import keras
import numpy as np
from keras import ops

from keras_contrastive._keras_internals import forget_variables
from keras_contrastive.contrasts._statistics import BINS, LEVELS

# All statistics together, with negatives: 12 numbers and two distributions.
WIDTH = 12 + 2 * (len(LEVELS) + BINS)


class ScoreLog(keras.metrics.Metric):
    """Statistics of scores: means over an epoch, and the last steps singly.

    Every model has one. It holds nothing and logs nothing before `start`.
    Training never waits for it: single steps stay on the device until `read`.
    """

    def __init__(self):
        super().__init__(name="scores", dtype="float32")
        self.capacity, self.names = 0, ()

    def start(self, capacity):
        """Begins to record, the last `capacity` training steps singly."""
        self.stop()
        self.capacity = capacity
        self.steps = self.variable((), "int32")
        self.rows = self.variable((capacity, WIDTH))
        self.count = self.variable(())
        self.totals = self.variable((WIDTH,))

    def variable(self, shape, dtype="float32"):
        # All replicas describe the global batch.
        return self.add_variable(
            shape, "zeros", dtype, aggregation="only_first_replica"
        )

    def stop(self):
        self.capacity, self.names = 0, ()
        self.steps = self.rows = self.count = self.totals = None
        forget_variables(self)

    def update_state(self, found, training):
        self.names = tuple(found)
        row = ops.concatenate([ops.reshape(x, (-1,)) for x in found.values()])
        row = ops.pad(row, [(0, WIDTH - row.shape[0])])
        self.totals.assign(self.totals + row)
        self.count.assign(self.count + 1)
        if training:
            steps, rows = map(ops.convert_to_tensor, (self.steps, self.rows))
            place = (steps % self.capacity, 0)
            self.rows.assign(ops.slice_update(rows, place, row[None]))
            self.steps.assign(steps + 1)

    def result(self):
        """Means of numbers and quantiles; histograms are for figures alone."""
        if not self.names:
            return {}
        logs = {}
        means = self.columns(self.totals[None] / self.count)
        for name, rows in means.items():
            mean = rows[0]
            if name.endswith("quantiles"):
                for i, level in enumerate(LEVELS):
                    key = name.replace("uantiles", f"{100 * level:02.0f}")
                    logs[key] = mean[i]
            elif not name.endswith("histogram"):
                logs[name] = mean
        return logs

    def columns(self, rows):
        """Rows to a dictionary of statistics."""
        parts, start = {}, 0
        for name in self.names:
            width = {"quantiles": len(LEVELS), "histogram": BINS}.get(
                name.rsplit("_", 1)[-1], 1
            )
            part = rows[:, start : start + width]
            parts[name] = part[:, 0] if width == 1 else part
            start += width
        return parts

    def read(self, first):
        """Training steps from number `first` on, a dictionary of arrays."""
        steps = int(ops.convert_to_numpy(self.steps))
        places = np.arange(first, steps) % self.capacity
        return self.columns(ops.convert_to_numpy(self.rows)[places])

    def reset_state(self):
        if self.capacity:
            self.totals.assign(ops.zeros((WIDTH,)))
            self.count.assign(0.0)

    # A record of this training, no part of the model.
    def save_own_variables(self, store):
        pass

    def load_own_variables(self, store):
        pass

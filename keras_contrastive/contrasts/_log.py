import keras
import numpy as np
from keras import ops

from keras_contrastive.contrasts._statistics import BINS, LEVELS

# All statistics together, with negatives: 12 numbers and two distributions.
WIDTH = 12 + 2 * (len(LEVELS) + BINS)


class Record:
    """Variables that steps write scores to, and what they write.

    Plain, as Keras takes each variable that it finds in a metric for the state
    of every step.
    """

    def __init__(self, capacity):
        self.capacity, self.names = capacity, ()
        self.variables = []
        if capacity:
            self.steps = self.variable((), "int32")
            self.rows = self.variable((capacity, WIDTH))
            self.count = self.variable(())
            self.totals = self.variable((WIDTH,))

    def variable(self, shape, dtype="float32"):
        # All replicas describe the global batch.
        made = keras.Variable(
            "zeros",
            shape,
            dtype,
            trainable=False,
            aggregation="only_first_replica",
            synchronization="on_read",
        )
        self.variables.append(made)
        return made

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


class ScoreLog(keras.metrics.Metric):
    """Statistics of scores: means over an epoch, and the last steps singly.

    Every model has one. It holds nothing and logs nothing before `start`.
    Training never waits for it: single steps stay on the device until `read`.
    """

    def __init__(self):
        super().__init__(name="scores", dtype="float32")
        self.records = {0: Record(0)}
        self.start(0)

    def start(self, capacity):
        """Begins to record, the last `capacity` training steps singly.

        With 0 it ends. The variables of each capacity are made once: a step
        that was compiled with them goes on with the same.
        """
        if capacity not in self.records:
            self.records[capacity] = Record(capacity)
        self.record = self.records[capacity]
        for variable in self.variables:
            variable.assign(ops.zeros(variable.shape, variable.dtype))

    @property
    def capacity(self):
        return self.record.capacity

    @property
    def variables(self):
        return self.record.variables

    def update_state(self, found, training):
        record = self.record
        record.names = tuple(found)
        row = ops.concatenate([ops.reshape(x, (-1,)) for x in found.values()])
        row = ops.pad(row, [(0, WIDTH - row.shape[0])])
        record.totals.assign(record.totals + row)
        record.count.assign(record.count + 1)
        if training:
            steps, rows = map(
                ops.convert_to_tensor, (record.steps, record.rows)
            )
            place = (steps % self.capacity, 0)
            record.rows.assign(ops.slice_update(rows, place, row[None]))
            record.steps.assign(steps + 1)

    def result(self):
        """Means of numbers and quantiles; histograms are for figures alone."""
        record, logs = self.record, {}
        if not record.names:
            return {}
        means = record.columns(record.totals[None] / record.count)
        for name, rows in means.items():
            mean = rows[0]
            if name.endswith("quantiles"):
                for i, level in enumerate(LEVELS):
                    key = name.replace("uantiles", f"{100 * level:02.0f}")
                    logs[key] = mean[i]
            elif not name.endswith("histogram"):
                logs[name] = mean
        return logs

    def read(self, first):
        """Training steps from number `first` on, a dictionary of arrays."""
        steps, rows = map(
            ops.convert_to_numpy, (self.record.steps, self.record.rows)
        )
        places = np.arange(first, int(steps)) % self.capacity
        return self.record.columns(rows[places])

    def reset_state(self):
        if self.capacity:
            self.record.totals.assign(ops.zeros((WIDTH,)))
            self.record.count.assign(0.0)

    # A record of this training, no part of the model.
    def save_own_variables(self, store):
        pass

    def load_own_variables(self, store):
        pass

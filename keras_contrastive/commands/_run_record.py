import time
from typing import Any

import keras


class RunRecord(keras.callbacks.Callback):
    """Curves and duration of a training, also of one that was interrupted.

    Attributes:
        curves: Dictionary, name in the logs to its values, one an epoch that
            has one.
    """

    def __init__(self) -> None:
        super().__init__()
        self.curves: dict[str, list[float]] = {}
        self.before, self.started = 0.0, time.monotonic()

    @property
    def hours(self) -> float:
        return (self.before + time.monotonic() - self.started) / 3600

    def on_train_begin(self, logs=None):
        self.started = time.monotonic()

    def on_epoch_end(self, epoch, logs=None):
        for name, value in (logs or {}).items():
            self.curves.setdefault(name, []).append(float(value))

    # What `Checkpoint` saves; a clock begins anew in each process.
    def get_state(self) -> dict[str, Any]:
        return {"curves": self.curves, "hours": self.hours}

    def set_state(self, state: dict[str, Any]) -> None:
        self.curves = state["curves"]
        self.before, self.started = 3600 * state["hours"], time.monotonic()

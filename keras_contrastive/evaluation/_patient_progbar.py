import time

import keras


class PatientProgbar(keras.utils.Progbar):
    """Progress bar that appears only if the work takes long.

    Args:
        target: Integer, number of steps, or `None` where it is unknown.
        patience: Float, seconds before the bar appears. Defaults to 3.
        unit_name: String, name of a step. Defaults to `"batch"`.
    """

    def __init__(self, target, patience=3.0, unit_name="batch"):
        super().__init__(target, unit_name=unit_name)
        self.appears = time.monotonic() + patience

    def update(self, current, values=None, finalize=None):
        if time.monotonic() >= self.appears:
            super().update(current, values, finalize)
        else:
            self._seen_so_far = current  # what `add` goes on from

    def callback(self):
        """Returns the Keras callback that counts epochs with this bar."""
        return keras.callbacks.LambdaCallback(
            on_epoch_end=lambda epoch, logs: self.update(epoch + 1)
        )

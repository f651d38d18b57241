import statistics
import time

import keras

# Steps that compile, and steps that are measured.
FIRST, MEASURED = 2, 5


class ExpectedTime(keras.callbacks.Callback):
    """Says how long a training will take, once some steps were measured.

    From the end of a step to that of the next in its epoch, so that reading
    of pictures counts; evaluation between epochs does not. An only step of
    its epoch is measured from the beginning of that.

    Args:
        steps: Integer, of the whole training.
    """

    def __init__(self, steps: int) -> None:
        super().__init__()
        self.steps = steps

    # What is left is measured anew in each process.
    def get_state(self):
        return {}

    def set_state(self, state):
        pass

    def on_train_begin(self, logs=None):
        self.made, self.seconds, self.last = 0, [], None

    def on_epoch_begin(self, epoch, logs=None):
        is_only = self.params["steps"] == 1
        self.last = time.perf_counter() if is_only else None

    def on_train_batch_end(self, batch, logs=None):
        now = time.perf_counter()
        self.made += 1
        if len(self.seconds) == MEASURED:
            return
        if self.made > FIRST and self.last is not None:
            self.seconds.append(now - self.last)
        self.last = now
        if len(self.seconds) == MEASURED:
            step = statistics.median(self.seconds)
            left = self.steps - int(self.model.optimizer.iterations)
            print(
                f"\ntime  {in_words(left * step)} for {left:,} steps that are "
                f"left: {step:.2g} s each, the median of {MEASURED} measured",
                flush=True,
            )


def in_words(seconds: float) -> str:
    """E.g. `"40 minutes"`."""
    for size, unit in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} seconds"

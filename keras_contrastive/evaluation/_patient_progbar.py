import time

import keras


class PatientProgbar:
    """Progress bar that appears only if the work takes long.

    Args:
        target: Integer, number of steps, or `None` where it is unknown.
        unit_name: String, name of a step.
        patience: Float, seconds before the bar appears.
    """

    def __init__(
        self,
        target: int | None,
        unit_name: str = "batch",
        patience: float = 3.0,
    ) -> None:
        self.bar = keras.utils.Progbar(target, unit_name=unit_name)
        self.appears = time.monotonic() + patience
        self.done = 0

    def update(self, done: int) -> None:
        self.done = done
        if time.monotonic() >= self.appears:
            self.bar.update(done)

    def add(self, count: int) -> None:
        self.update(self.done + count)


def epoch_bars(epochs: int, verbose: bool) -> list[keras.callbacks.Callback]:
    """Callbacks for a silent `fit`: one that counts epochs with such a bar."""
    if not verbose:
        return []
    bar = PatientProgbar(epochs, unit_name="epoch")
    return [
        keras.callbacks.LambdaCallback(
            on_epoch_end=lambda epoch, logs: bar.update(epoch + 1)
        )
    ]

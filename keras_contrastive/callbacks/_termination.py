import signal
import threading
from typing import Any

from keras_contrastive._processes import num_processes


class Termination:
    """Whether SIGTERM asked this training to end, between two of its steps.

    Of several processes, on JAX, all learn at the same step that one of them
    was asked; JAX itself hears the signal there.
    """

    def __init__(self) -> None:
        self.is_asked = False
        self.previous: Any = None

    def watch(self) -> None:
        """Hears the signal from now on, if Python lets this thread."""
        is_main = threading.current_thread() is threading.main_thread()
        if is_main and num_processes() == 1:
            if signal.getsignal(signal.SIGTERM) is not signal.SIG_IGN:
                self.previous = signal.signal(signal.SIGTERM, self.on_signal)

    def on_signal(self, number: int, frame: Any) -> None:
        if self.is_asked:  # again: at once
            self.reset()
            signal.raise_signal(number)
        self.is_asked = True

    def is_asked_at(self, step: int) -> bool:
        """Whether it asked, told before `step` by all processes alike."""
        if num_processes() > 1:
            from jax.experimental import multihost_utils

            self.is_asked = multihost_utils.reached_preemption_sync_point(step)
        return self.is_asked

    def exit(self) -> None:
        """Ends the process as the signal would have, by `SystemExit`."""
        self.is_asked = False
        previous = self.previous
        self.reset()
        if callable(previous):
            previous(signal.SIGTERM, None)
        raise SystemExit(128 + signal.SIGTERM)

    def reset(self) -> None:
        """Gives the signal back to whom it had before."""
        if self.previous is not None:
            signal.signal(signal.SIGTERM, self.previous)
        self.previous = None

    def close(self) -> None:
        """As `reset`; a signal that nothing has heeded is raised again."""
        self.reset()
        if self.is_asked:
            self.is_asked = False
            signal.raise_signal(signal.SIGTERM)

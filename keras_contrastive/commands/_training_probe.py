"""What trainings of all commands are looked at by."""

from typing import Any

import numpy as np


def first_images(source: Any, count: int) -> np.ndarray:
    return source.read(np.arange(min(count, len(source))))[0]


def divisor(epochs: int) -> int:
    """About a twentieth of the epochs, so that the last is measured too."""
    numbers = range(1, max(1, epochs // 20) + 1)
    return max(number for number in numbers if epochs % number == 0)

"""What trainings of all commands are looked at by."""

from typing import Any

import numpy as np

from keras_contrastive.commands._even_rows import even_rows


def some_images(source: Any, most: int) -> np.ndarray:
    """Images at even distances: by path, the first may be of one class."""
    return source.read(even_rows(len(source), most))[0]


def divisor(epochs: int) -> int:
    """About a twentieth of the epochs, so that the last is measured too."""
    numbers = range(1, max(1, epochs // 20) + 1)
    return max(number for number in numbers if epochs % number == 0)

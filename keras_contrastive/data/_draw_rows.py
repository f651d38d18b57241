from collections.abc import Callable
from typing import Any

import numpy as np


def draw_rows(
    labels: np.ndarray, count: Callable[[np.ndarray], Any], key: Any
) -> np.ndarray:
    """Draws images of each class; leaves out -1, the images without a label.

    Args:
        labels: int64 array `(num_images,)`.
        count: Function from the numbers of images of the classes to how many
            of them to draw.
        key: Seed, or array of two, of the random numbers.

    Returns:
        int64 array, sorted rows of `labels`.
    """
    rows = np.flatnonzero(labels != -1)
    _, codes, sizes = np.unique(
        labels[rows], return_inverse=True, return_counts=True
    )
    # Philox fixes its words by definition. Ties go to the earlier row.
    words = np.random.Philox(key=key).random_raw(len(labels))[rows]
    order = np.lexsort((words, codes))
    place = np.arange(len(rows)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return np.sort(rows[order[place < np.repeat(count(sizes), sizes)]])

import numpy as np


def even_rows(total: int, most: int) -> np.ndarray:
    """At most that many of `total` rows, at even distances."""
    return np.linspace(0, total - 1, min(total, most), dtype=int)

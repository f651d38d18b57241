from collections.abc import Iterator
from typing import Any

import numpy as np

from keras_contrastive.ops._replicas import num_shares


def shuffled_batches(
    features: Any, targets: Any, batch_size: int, seed: int
) -> Iterator[tuple[Any, ...]]:
    """Yields full batches for ever, in an order that depends on the seed.

    `fit` would shuffle arrays by the global generators, which belong to the
    user. Devices that share a batch need as many rows each: where it does not
    divide, its first rows come again with weight 0, and those of the others
    keep their mean loss what it is.

    Args:
        features: Array `(rows, ...)`.
        targets: Array `(rows,)`.
        batch_size: Integer, at most the number of rows.
        seed: Integer.

    Yields:
        Tuple of features and targets; with weights as the third where rows
        come again.
    """
    rng = np.random.default_rng(seed)
    missing = -batch_size % num_shares()
    weights = np.zeros(batch_size + missing, "float32")
    weights[:batch_size] = len(weights) / batch_size
    while True:
        order = rng.permutation(len(features))
        for start in range(0, len(order) - batch_size + 1, batch_size):
            rows = order[start : start + batch_size]
            if missing:
                rows = np.resize(rows, len(weights))
                yield features[rows], targets[rows], weights
            else:
                yield features[rows], targets[rows]

"""Linear regression on features, in closed form."""

from collections.abc import Iterator

import numpy as np

from keras_contrastive.evaluation._standardize import standardize

PENALTIES = 10.0 ** np.arange(-6, 2.5, 0.5)


def ridge_predict(
    train: np.ndarray, targets: np.ndarray, test: np.ndarray
) -> np.ndarray:
    """Predicts targets from features linearly, with a chosen penalty.

    The penalty of each target is the one that predicts a fifth of the
    training rows, drawn at random, best from the others; then all are used.

    Args:
        train: Features `(rows, dim)`.
        targets: float array `(rows, targets)`.
        test: Features `(others, dim)`.

    Returns:
        float64 array `(others, targets)`.
    """
    if len(train) < 5:
        raise ValueError(
            "`train` must hold at least 5 images, a fifth of which choose the "
            f"penalty. Received: {len(train)}"
        )
    train, test = standardize(train.astype("float64"), test.astype("float64"))
    # The rows may come sorted by class.
    order = np.random.default_rng(0).permutation(len(train))
    train, targets = train[order], targets[order]
    kept = len(train) - len(train) // 5
    tried = np.stack([*path(train[:kept], targets[:kept], train[kept:])])
    losses = ((tried - targets[kept:]) ** 2).mean(axis=1)
    predicted = np.stack([*path(train, targets, test)])
    columns = np.arange(targets.shape[1])
    return np.moveaxis(predicted, 1, 0)[:, losses.argmin(axis=0), columns]


def path(
    train: np.ndarray,
    targets: np.ndarray,
    test: np.ndarray,
    penalties: np.ndarray = PENALTIES,
) -> Iterator[np.ndarray]:
    """Yields the predictions `(others, targets)` of each penalty."""
    for kernel, bias in ridge(train, targets, penalties):
        yield test @ kernel + bias


def ridge(
    train: np.ndarray, targets: np.ndarray, penalties: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yields kernel `(dim, targets)` and bias `(targets,)` of each penalty."""
    center, offset = train.mean(axis=0), targets.mean(axis=0)
    train = train - center
    values, vectors = np.linalg.eigh(train.T @ train / len(train))
    values = np.maximum(values, 0)[:, None]
    turned = vectors.T @ (train.T @ (targets - offset)) / len(train)
    for penalty in penalties:
        kernel = vectors @ (turned / (values + penalty))
        yield kernel, offset - center @ kernel

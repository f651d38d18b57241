import numpy as np


def standardize(train: np.ndarray, *others: np.ndarray) -> list[np.ndarray]:
    """Shifts and scales features by mean and deviation of the first array."""
    mean, deviation = mean_and_deviation(train)
    return [(features - mean) / deviation for features in (train, *others)]


def mean_and_deviation(train: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """By which `standardize` shifts and scales, each `(dim,)`."""
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    # A feature that is constant in training carries no information: make it
    # zero instead of dividing rounding errors by each other.
    deviation[deviation <= 1e-6 * deviation.max()] = np.inf
    return mean, deviation

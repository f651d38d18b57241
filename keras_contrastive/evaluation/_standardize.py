import numpy as np


def standardize(train, *others):
    """Shifts and scales features by mean and deviation of the first array."""
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    # A feature that is constant in training says nothing: make it zero
    # instead of dividing rounding errors by each other.
    deviation[deviation <= 1e-6 * deviation.max()] = np.inf
    return [(features - mean) / deviation for features in (train, *others)]

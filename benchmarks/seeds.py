"""What runs with several seeds say."""

import statistics

import numpy as np
import scipy.stats


def mean_and_spread(values, form=".2%"):
    """Mean and sample standard deviation, as printed."""
    if not len(values):
        return "–"
    mean = format(np.mean(values), form)
    if len(values) == 1:
        return mean
    return f"{mean} ± {statistics.stdev(values):{form}}"


def effect(values, others, form="+.2%"):
    """Mean difference to runs of the same seeds, with its 95 % interval.

    Args:
        values: List of floats, one per seed, two or more.
        others: The same of what they are compared with.
        form: How a number is printed.

    Returns:
        String. The interval is that of Student's t.
    """
    gains = np.subtract(values, others)
    error = statistics.stdev(gains) / len(gains) ** 0.5
    half = error * scipy.stats.t.ppf(0.975, len(gains) - 1)
    mean = np.mean(gains)
    return f"{mean:{form}} ({mean - half:{form}} to {mean + half:{form}})"

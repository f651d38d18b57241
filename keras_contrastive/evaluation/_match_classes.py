"""One coding for the classes of two data sets."""

import warnings
from typing import Any

import numpy as np


def match_classes(
    labels: np.ndarray,
    names: list[str] | None,
    test_labels: np.ndarray,
    test_names: list[str] | None,
) -> np.ndarray:
    """Brings the labels of `test` into the coding of those of `train`.

    By name where both sets have names, by number otherwise.

    Args:
        labels: int64 array, labels of `train`, without -1.
        names: List of strings, their names, or `None`.
        test_labels: int64 array, labels of `test`, without -1.
        test_names: List of strings, their names, or `None`.

    Returns:
        int64 array of the shape of `test_labels`.

    Raises:
        ValueError: If `train` has fewer than two classes, or `test` has one
            that `train` lacks.
    """
    known, found = np.unique(labels).tolist(), np.unique(test_labels).tolist()
    if names is None or test_names is None:
        check_classes(known, found)
        return test_labels
    check_classes([names[i] for i in known], [test_names[i] for i in found])
    only_train = [name for name in names if name not in set(test_names)]
    only_test = [name for name in test_names if name not in set(names)]
    if only_train or only_test:
        warnings.warn(
            "The classes of `train` and `test` are compared by name. Only in "
            f"`train`: {some(only_train)}; only in `test`: {some(only_test)}",
            stacklevel=2,
        )
    codes = {name: code for code, name in enumerate(names)}
    return np.array([codes.get(name, -1) for name in test_names])[test_labels]


def check_classes(known: list[Any], found: list[Any]) -> None:
    """Refuses a single class of `train`, and those of `test` that it lacks."""
    if len(known) < 2:
        raise ValueError(
            "`train` must have images of at least 2 classes. "
            f"Received: classes {some(known)}"
        )
    unknown = sorted(set(found) - set(known))
    if unknown:
        raise ValueError(
            "`test` must have no other classes than `train`, which cannot be "
            f"predicted. Received: {some(unknown)} in `test` alone, where "
            f"`train` has {some(known)}"
        )


def some(classes: list[Any]) -> str:
    """The first ten of some classes, and how many there are beyond."""
    if not classes:
        return "none"
    rest = len(classes) - 10
    return f"{classes[:10]}" + (f" and {rest} more" if rest > 0 else "")

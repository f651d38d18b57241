"""What a `ScoreRecorder` has recorded, as curves for the figures."""

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from keras_contrastive._check_integer import check_integer

USUAL = (0.01, 0.99)  # quantiles of a curve: values beyond are spikes

Records = dict[str, np.ndarray]


def read_records(records: Any, owner: str = "`records`") -> Records:
    """Returns the arrays by name, whatever form they came in.

    Args:
        records: Dictionary of arrays, path of an `.npz` file of them, or
            object with such an attribute `records`.
        owner: String, what an error calls them.
    """
    records = getattr(records, "records", records)
    if isinstance(records, str | os.PathLike):
        with np.load(records) as arrays:
            records = dict(arrays)
    if not isinstance(records, Mapping):
        raise ValueError(
            f"{owner} must be a `ScoreRecorder`, its `records`, or the path "
            f"of an `.npz` file of them. Received: {type(records).__name__}"
        )
    records = {name: np.asarray(values) for name, values in records.items()}
    rows = {n: len(values) for n, values in records.items() if values.ndim}
    whole = len(rows) == len(records) and len(set(rows.values())) == 1
    if not whole or not rows.get("step") or "epoch" not in rows:
        raise ValueError(
            f'{owner} must have a row for each step in all arrays, "step" and '
            f'"epoch" among them, and at least one step. Received: rows {rows}'
        )
    return records


def read_runs(runs: dict[Any, Any]) -> dict[Any, Records]:
    """Records of each run, by its name."""
    if not isinstance(runs, dict) or not runs:
        raise ValueError(
            "`runs` must be a dictionary of at least one run, its name to its "
            f"records. Received: {type(runs).__name__}"
        )
    return {
        run: read_records(records, f"`runs[{run!r}]`")
        for run, records in runs.items()
    }


def read_curves(
    runs: dict[Any, Records], names: Sequence[str], skip: int, smooth: int
) -> dict[str, dict[Any, Any]]:
    """Curves of what `read_runs` returns, cut and smoothed.

    Returns:
        Dictionary from the name of a curve to a dictionary from a run to its
        steps and its values.
    """
    check_integer("skip", skip, 0)
    check_integer("smooth", smooth, 1)
    curves: dict[str, dict[Any, Any]] = {name: {} for name in names}
    for run, records in runs.items():
        check_names(run, records, names)
        count = len(records["step"])
        if count < skip + smooth:
            raise ValueError(
                "`skip` and `smooth` must leave at least one step, together "
                f"up to {count} of run {run!r}. "
                f"Received: skip={skip}, smooth={smooth}"
            )
        for name, found in curves.items():
            found[run] = [
                running_mean(records[key][skip:], smooth)
                for key in ("step", name)
            ]
    return curves


def check_names(run: Any, records: Records, names: Sequence[str]) -> None:
    known = [
        name
        for name, values in records.items()
        if values.ndim == 1 and name not in ("step", "epoch")
    ]
    missing = [name for name in names if name not in known]
    if missing or not names or isinstance(names, str):
        raise ValueError(
            f"`names` must be a list of some of {known}, which run {run!r} "
            f"has. Received: {missing or names}"
        )


def running_mean(values: np.ndarray, window: int) -> np.ndarray:
    """Means over `window` values that follow one another."""
    share = np.full(window, 1 / window)
    return np.convolve(np.asarray(values, "float64"), share, "valid")


def limits(curves: Iterable[np.ndarray]) -> tuple[float, float]:
    """Ends of an axis that holds all curves but for rare and high spikes.

    An axis extends beyond the usual values of the curves by a quarter of
    their range at most.
    """
    finite = [np.asarray(curve)[np.isfinite(curve)] for curve in curves]
    finite = [curve for curve in finite if curve.size]
    if not finite:
        return 0, 1
    lows, highs = np.transpose([np.quantile(c, USUAL) for c in finite])
    room = (highs.max() - lows.min()) / 4
    least, most = min(map(np.min, finite)), max(map(np.max, finite))
    low = max(lows.min() - room, least)
    high = min(highs.max() + room, most)
    # A constant curve needs a margin too.
    margin = 0.05 * (high - low) or 0.05 * abs(high) or 0.05
    # A curve that is never negative, such as a variance, has no such ticks.
    return max(low - margin, 0 if least >= 0 else -np.inf), high + margin

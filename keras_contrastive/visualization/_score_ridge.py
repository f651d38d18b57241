from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from keras_contrastive._check_integer import check_integer
from keras_contrastive._checked import checked
from keras_contrastive.visualization._score_records import read_records
from keras_contrastive.visualization._style import (
    COLORS,
    FAINT,
    legend_beside,
    subplots,
    tidy,
)

KINDS = {"negative": COLORS[0], "positive": COLORS[1]}
TICKS = (-1, -0.5, 0, 0.5, 1)
TALLEST = 1.9  # rows that the highest ridge takes
THIN = 0.01  # rows: where a ridge is lower it has no outline


@checked
def plot_score_ridge(
    records: Any,
    *,
    which: str = "both",
    rows: int = 12,
    title: str | None = None,
) -> Figure:
    """Shows the distribution of the scores of pairs as training goes on.

    Each row is the mean over an equal part of the training, from the first at
    the top to the last, and is labeled by the step in its middle. Heights are
    shares of the scores, on one scale for all rows of the positives and one
    for all rows of the negatives: a ridge is high where scores are alike.
    Scores beyond -1..1, which transformed features may have, count as the
    nearest end.

    Args:
        records: `ScoreRecorder`, its `records`, or the path of an `.npz` file
            of them.
        which: `"negative"`, `"positive"` or `"both"`, which shows a method
            without negatives by its positives alone. Defaults to `"both"`.
        rows: Integer, parts of the training. Defaults to 12.
        title: String above the figure. Defaults to none.

    Returns:
        `matplotlib.figure.Figure`.

    Raises:
        ValueError: If the records lack histograms or have fewer steps than
            `rows`, or `which` is unknown.

    Example:

    >>> plot_score_ridge(recorder).savefig("ridge.png")
    """
    records = read_records(records)
    histograms = choose(records, which)
    check_integer("rows", rows, 1, len(records["step"]), " (one per step)")
    figure, axes = subplots(
        figsize=(9, 2 + 0.45 * rows),
    )
    ridges = {kind: to_ridges(h, rows) for kind, h in histograms.items()}
    for row in range(rows):
        draw(axes, row, {kind: found[row] for kind, found in ridges.items()})
    steps = np.array_split(records["step"], rows)
    middles = [f"{part[len(part) // 2]:,}" for part in steps]
    axes.set_yticks(-np.arange(rows), middles)
    scores = " and ".join(f"{kind}s" for kind in histograms)
    axes.set(xlabel=f"score of {scores}", xlim=(-1, 1), xticks=TICKS)
    axes.set_ylabel("step")
    tidy(axes, title)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    if len(histograms) > 1:
        legend_beside(axes)
    return figure


def choose(records: dict[str, np.ndarray], which: str) -> dict[str, np.ndarray]:
    """Histograms by kind."""
    kinds = list(KINDS) if which == "both" else [which]
    if not set(kinds) <= set(KINDS):
        raise ValueError(
            '`which` must be "negative", "positive" or "both". '
            f"Received: which={which!r}"
        )
    found = {
        kind: records[f"{kind}_histogram"]
        for kind in kinds
        if f"{kind}_histogram" in records
    }
    if not found:
        raise ValueError(
            "`records` must have the histograms that `which` asks for. "
            f"Received: which={which!r}, records of {sorted(records)}"
        )
    return found


def to_ridges(histogram: np.ndarray, rows: int) -> np.ndarray:
    parts = np.array_split(histogram, rows)
    means = np.array([part.mean(axis=0) for part in parts])
    return TALLEST * means / means.max()


def draw(axes: Axes, row: int, ridges: dict[str, np.ndarray]) -> None:
    num_bins = len(next(iter(ridges.values())))
    scores = np.linspace(-1, 1, num_bins + 1)[1:] - 1 / num_bins
    scores = np.pad(scores, 1, constant_values=(-1, 1))
    tops = {kind: np.pad(r, 1, "edge") - row for kind, r in ridges.items()}
    # A lower row stands in front of those above it.
    look: dict[str, Any] = {"linewidth": 0, "zorder": 2 + row}
    highest = np.max([*tops.values()], axis=0)
    axes.fill_between(scores, -row, highest, color="white", **look)
    axes.axhline(-row, color=FAINT, linewidth=0.8, zorder=2 + row)
    for kind, top in tops.items():
        label = f"{kind}s" if row == 0 else None
        axes.fill_between(
            scores, -row, top, color=KINDS[kind], alpha=0.7, label=label, **look
        )
        # A peak of one bin needs an outline of its sides, too.
        thick = np.convolve(top + row > THIN, np.ones(3), "same") > 0
        outline = np.where(thick, top, np.nan)
        axes.plot(scores, outline, color=KINDS[kind], zorder=2 + row)

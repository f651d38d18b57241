from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, MaxNLocator

from keras_contrastive._checked import checked
from keras_contrastive.visualization._history import is_accuracy, readable
from keras_contrastive.visualization._score_records import (
    limits,
    read_curves,
    read_runs,
)
from keras_contrastive.visualization._style import (
    COLORS,
    INK,
    TEXT,
    subplots,
    tidy,
    title_of,
)

NAMES = ("negative_variance", "negative_mean", "positive_mean")
STYLES = ("-", "--", ":", "-.")  # of the second ten runs, the third, ...


@checked
def plot_score_curves(
    runs: dict[Any, Any],
    *,
    names: Sequence[str] = NAMES,
    skip: int = 0,
    smooth: int = 1,
    epochs_marked: Sequence[int] = (),
    title: str | None = None,
) -> Figure:
    """Shows how the scores of pairs move while one or several runs train.

    A score is the cosine of a query and a key, before the temperature. In
    good runs the variance of the negatives settles smoothly at a low value,
    and the positives neither become easy at once, near 1, nor stay hard.

    A panel shows the whole of its curves except rare spikes, of less than 1 %
    of the steps.

    Args:
        runs: Dictionary from the name of a run to its `ScoreRecorder`, its
            `records`, or the path of an `.npz` file of them.
        names: List of names of recorded curves, one panel for each. Defaults
            to the variance and mean of the negatives and the mean of the
            positives.
        skip: Integer, first steps of each run to leave out. Defaults to 0.
        smooth: Integer, steps of a running mean, drawn at the middle of
            them. Defaults to 1, the values as they are.
        epochs_marked: List of integers, after how many epochs to draw a
            dashed line, e.g. where the learning rate falls. Defaults to none.
        title: String above the figure. Defaults to none.

    Returns:
        `matplotlib.figure.Figure`.

    Raises:
        ValueError: If a run has no records, lacks one of the curves, or has
            too few steps or epochs.

    Example:

    >>> figure = plot_score_curves(
    ...     {"m = 0.99": recorder, "m = 0.9": "fast.npz"}, smooth=50
    ... )

    Reference: Zhu et al., 2021, https://arxiv.org/abs/2108.02982, and the
    notebook of its release.
    """
    runs = read_runs(runs)
    curves = read_curves(runs, names, skip, smooth)
    marks = epoch_starts(runs, epochs_marked)
    rows, columns = grid(len(curves))
    figure, panels = subplots(
        rows,
        columns,
        figsize=(5.2 * columns + 2 * (len(runs) > 1), 4.2 * rows),
        squeeze=False,
    )
    figure.get_layout_engine().set(wspace=0.06, hspace=0.08, h_pad=0.1)
    panels = panels.ravel()
    for axes in panels[len(curves) :]:
        axes.remove()
    for axes, (name, found) in zip(panels, curves.items(), strict=False):
        draw(axes, found, marks)
        axes.set(xlabel="step", ylim=limits([y for _, y in found.values()]))
        axes.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
        axes.xaxis.set_major_formatter(EngFormatter(sep=""))
        axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
        if is_accuracy(name):
            axes.yaxis.set_major_formatter(lambda y, _: f"{100 * y:.4g} %")
        tidy(axes, readable(name))
    if len(runs) > 1:
        legend = figure.legend(
            *panels[0].get_legend_handles_labels(),
            loc="outside center right",
            fontsize=TEXT,
            frameon=False,
            labelcolor=INK,
        )
        for line in legend.get_lines():
            line.set_linewidth(4)
    title_of(figure, title)
    return figure


def epoch_starts(runs: dict[Any, Any], epochs: Sequence[int]) -> list[int]:
    """Steps at which runs have completed that many epochs."""
    starts = set()
    for epoch in epochs:
        later = [r["step"][r["epoch"] >= epoch] for r in runs.values()]
        found = {steps[0] for steps in later if len(steps)}
        if not found:
            raise ValueError(
                "`epochs_marked` must be epochs after which a run goes on. "
                f"Received: epoch {epoch}"
            )
        starts |= found
    return sorted(starts)


def grid(count: int) -> tuple[int, int]:
    """Rows and columns for so many panels, with three columns at most."""
    columns = 2 if count == 4 else min(count, 3)
    return -(-count // columns), columns


def draw(axes: Axes, found: dict[Any, Any], marks: list[int]) -> None:
    # A curve that jumps about must not hide the others: it is drawn first.
    lengths = [np.nansum(np.abs(np.diff(y))) for _, y in found.values()]
    ranks = np.argsort(np.argsort(lengths)[::-1])
    for index, (run, (steps, values)) in enumerate(found.items()):
        axes.plot(
            steps,
            values,
            color=COLORS[index % len(COLORS)],
            linestyle=STYLES[index // len(COLORS) % len(STYLES)],
            linewidth=2,
            label=str(run),
            zorder=2 + ranks[index],
        )
    axes.margins(x=0.02)
    for step in marks:
        axes.axvline(step, color=INK, linestyle="--", linewidth=1)

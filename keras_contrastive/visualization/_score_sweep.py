import numbers
from collections.abc import Sequence
from typing import Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, MaxNLocator

from keras_contrastive._checked import checked
from keras_contrastive.visualization._history import readable
from keras_contrastive.visualization._score_curves import NAMES
from keras_contrastive.visualization._score_records import (
    limits,
    read_curves,
    read_runs,
)
from keras_contrastive.visualization._style import (
    FAINT,
    INK,
    TEXT,
    TITLE,
    subplots,
    title_of,
)

# From dark to light blue-green, also for the color-blind; its last part is too
# light on white.
COLORMAP, LIGHTEST = "viridis", 0.85


@checked
def plot_score_sweep(
    runs: dict[Any, Any],
    *,
    names: Sequence[str] = NAMES,
    label: str = "momentum",
    skip: int = 0,
    smooth: int = 1,
    title: str | None = None,
) -> Figure:
    """Shows how the scores of pairs move for each value of a parameter.

    The curves stand behind one another in space, from the largest value at
    the front to the smallest. Rare spikes, of less than 1 % of the steps, are
    left out.

    Args:
        runs: Dictionary from a value of the parameter, a number, to the
            records of its run, as for `plot_score_curves`.
        names: List of names of recorded curves, one panel for each. Defaults
            to the variance and mean of the negatives and the mean of the
            positives.
        label: String, what the values are. Defaults to `"momentum"`.
        skip: Integer, first steps of each run to leave out. Defaults to 0.
        smooth: Integer, steps of a running mean. Defaults to 1, none.
        title: String above the figure. Defaults to none.

    Returns:
        `matplotlib.figure.Figure`.

    Raises:
        ValueError: If a value is no number, and as `plot_score_curves` does.

    Example:

    >>> recorders = {0.9: fast, 0.99: middle, 0.999: slow}
    >>> figure = plot_score_sweep(recorders, skip=500, smooth=50)

    Reference: Zhu et al., 2021, https://arxiv.org/abs/2108.02982, and the
    notebook of its release.
    """
    runs = read_runs(runs)
    wrong = [v for v in runs if not isinstance(v, numbers.Real)]
    if wrong:
        raise ValueError(
            "`runs` must have numbers as keys, the values of the parameter. "
            f"Received: {wrong}"
        )
    curves = read_curves(runs, names, skip, smooth)
    values = sorted(runs)
    figure, row = subplots(
        1,
        len(curves),
        layout=None,
        figsize=(5.6 * len(curves), 5.5 if title else 5),
        squeeze=False,
        subplot_kw={"projection": "3d"},
    )
    for axes, (name, found) in zip(row[0], curves.items(), strict=True):
        draw(axes, [found[value] for value in values])
        axes.set_yticks(range(len(values)), [f"{value:g}" for value in values])
        tidy_space(axes, readable(name), label)
    # A constrained layout does not know what surrounds a box in space.
    figure.subplots_adjust(0, 0.04, 0.94, 0.9 if title else 0.98, wspace=0.06)
    title_of(figure, title)
    return figure


def draw(axes: Any, curves: list[Any]) -> None:
    low, high = limits([curve for _, curve in curves])
    colors = matplotlib.colormaps[COLORMAP](
        np.linspace(0, LIGHTEST, len(curves))
    )
    for depth, (steps, curve) in enumerate(curves):
        # In space nothing is cut at the end of an axis.
        seen = np.where((curve >= low) & (curve <= high), curve, np.nan)
        axes.plot(
            steps,
            np.full(len(steps), depth),
            seen,
            color=colors[depth],
            linewidth=2,
            # What stands in front is drawn last.
            zorder=depth,
        )
    axes.set_zlim(low, high)


def tidy_space(axes: Any, title: str, label: str) -> None:
    axes.patch.set_visible(False)  # it would hide the previous panel
    axes.invert_yaxis()
    axes.view_init(elev=22, azim=-58)
    axes.set_box_aspect((1.25, 1.1, 0.9), zoom=1.02)
    axes.set_title(title, fontsize=TITLE, color=INK, y=0.97)
    axes.set_xlabel("step", fontsize=TEXT, color=INK, labelpad=10)
    axes.set_ylabel(label, fontsize=TEXT, color=INK, labelpad=16)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
    axes.xaxis.set_major_formatter(EngFormatter(sep=""))
    axes.zaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    axes.tick_params(labelsize=TEXT, labelcolor=INK)
    axes.tick_params(axis="z", pad=8)
    for axis in (axes.xaxis, axes.yaxis, axes.zaxis):
        axis.pane.set(facecolor="white", edgecolor=FAINT)
        axis.line.set_color(FAINT)
    axes.grid(color=FAINT, linewidth=0.6, alpha=0.6)

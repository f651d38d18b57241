import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from keras_contrastive._checked import checked
from keras_contrastive.evaluation import ViewSweep
from keras_contrastive.visualization._style import (
    COLORS,
    FAINT,
    INK,
    TEXT,
    subplots,
    tidy,
    title_of,
)


@checked
def plot_reverse_u(sweep: ViewSweep, *, title: str | None = None) -> Figure:
    """Shows accuracy over what views share, and over what was varied.

    Left: one point per value, at the mean over seeds, joined in their order;
    whiskers are the standard deviations of both measures, and the dashed line
    is the largest value that the bound can have. Right: the same accuracies
    over the values; those that may be the best are shaded. The dotted line is
    the accuracy of the encoder before training.

    Args:
        sweep: `keras_contrastive.evaluation.ViewSweep`.
        title: String above the figure. Defaults to none.

    Returns:
        `matplotlib.figure.Figure`.

    Example:

    >>> plot_reverse_u(sweep).savefig("reverse_u.png")

    Reference: Tian et al., 2020, https://arxiv.org/abs/2005.10243, section
        3.3.
    """
    figure, (left, right) = subplots(1, 2, figsize=(14, 5), sharey=True)
    x, y = sweep.mutual_information.mean(axis=1), sweep.accuracy.mean(axis=1)
    x_error, y_error = map(
        deviation, (sweep.mutual_information, sweep.accuracy)
    )
    style = {"color": COLORS[0], "ecolor": FAINT, "linewidth": 2, "marker": "o"}
    cap = sweep.settings.get("cap", np.inf)
    if np.isfinite(cap):
        left.axvline(cap, color=INK, linestyle="--", linewidth=1)
    left.errorbar(x, y, xerr=x_error, yerr=y_error, **style)
    for value, *place in zip(sweep.values, x, y, strict=True):
        # Away from the line of the cap.
        side = -1 if place[0] > 0.9 * cap else 1
        left.annotate(
            str(value),
            place,
            xytext=(7 * side, 7),
            textcoords="offset points",
            horizontalalignment="left" if side > 0 else "right",
            fontsize=TEXT,
            color=INK,
            bbox={"facecolor": "white", "linewidth": 0, "pad": 1},
        )
    left.set(xlabel="shared by the views: InfoNCE's bound, nats")
    left.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    places = np.arange(len(sweep.values))
    _, low, high = sweep.neighborhood(2.0)
    right.axvspan(low - 0.3, high + 0.3, color=FAINT, alpha=0.3, linewidth=0)
    right.errorbar(places, y, yerr=y_error, **style)
    right.set_xticks(places, [str(value) for value in sweep.values])
    right.set(xlabel=sweep.name)
    untrained = sweep.untrained.mean()
    for axes in (left, right):
        axes.axhline(untrained, color=INK, linestyle=":", linewidth=1)
    note = {"fontsize": TEXT, "color": INK, "horizontalalignment": "right"}
    right.text(places[-1] + 0.3, untrained, "untrained", va="bottom", **note)
    if np.isfinite(cap):
        above = left.get_xaxis_transform()
        left.text(cap, 1.01, "largest bound", transform=above, **note)
    tidy(left, "accuracy")
    tidy(right)
    title_of(figure, title)
    return figure


def deviation(values: np.ndarray) -> np.ndarray | None:
    return values.std(axis=1, ddof=1) if values.shape[1] > 1 else None

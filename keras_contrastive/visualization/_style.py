"""The look of all figures: large type, few lines, safe colors."""

from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

TITLE, TEXT = 18, 14  # points: legible when a slide shows half the size
SMALL = 9  # points: notes for whoever looks closely
INK, FAINT = "#333333", "#bbbbbb"

# Ten colors that stay apart for the color-blind: Petroff, 2021,
# https://arxiv.org/abs/2107.02270. Marker shapes tell neighbors in the list,
# and repeats, apart.
COLORS = (
    "#3f90da",
    "#ffa90e",
    "#bd1f01",
    "#832db6",
    "#94a4a2",
    "#a96b59",
    "#e76300",
    "#b9ac70",
    "#717581",
    "#92dadd",
)
MARKERS = ("o", "^", "s", "P", "X")
DPI = 150


def subplots(
    *shape: int, layout: str | None = "constrained", **kwargs: Any
) -> tuple[Any, Any]:
    """A figure and its axes, as by `matplotlib.pyplot.subplots`."""
    figure, axes = plt.subplots(*shape, dpi=DPI, layout=layout, **kwargs)
    return let_go(figure), axes


def let_go(figure: Figure) -> Figure:
    """Has pyplot forget a figure, unless it shows figures in windows.

    A notebook would show the figure that ends a cell twice; a script would keep
    all figures in memory, and matplotlib warns of more than twenty.
    """
    # A figure made without pyplot is shown by notebooks as text.
    if figure.canvas.required_interactive_framework is None:
        plt.close(figure)
    return figure


def tidy(axes: Axes, title: str | None = None) -> None:
    """Removes what carries no data, and makes the text large."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(FAINT)
    axes.tick_params(labelsize=TEXT, color=FAINT, labelcolor=INK)
    axes.xaxis.label.set(fontsize=TEXT, color=INK)
    axes.yaxis.label.set(fontsize=TEXT, color=INK)
    if title:
        axes.set_title(title, fontsize=TITLE, color=INK, loc="left", pad=12)


def legend_beside(axes: Axes, **kwargs: Any) -> Any:
    """Adds a legend at the right of the axes, where it hides no data."""
    return axes.legend(
        loc="center left",
        bbox_to_anchor=(1, 0.5),
        fontsize=TEXT,
        frameon=False,
        labelcolor=INK,
        **kwargs,
    )


def title_of(figure: Figure, title: str | None, size: float = TITLE) -> None:
    if title:
        figure.suptitle(title, fontsize=size, color=INK)

import math

import numpy as np
from matplotlib.figure import Figure

from keras_contrastive._check_integer import check_integer
from keras_contrastive._checked import checked
from keras_contrastive.visualization._style import (
    FAINT,
    INK,
    TEXT,
    subplots,
    tidy,
    title_of,
)

COLORMAP = "PuOr_r"  # purple below 0, orange above: safe for the color-blind
PAIRS = ("positive, pulled", "negatives, pushed")
TICKS = (-1, -0.5, 0, 0.5, 1)
POINTS = 201  # scores on each axis
BANDS = 21  # odd: one of them around 0


@checked
def plot_gradient_landscape(
    *,
    temperature: float = 0.2,
    num_negatives: int = 4096,
    mio_temperature: float = 0.5,
    title: str | None = None,
) -> Figure:
    """Shows where InfoNCE and MIO pull positives and push negatives.

    Four maps of the slope of a loss, by the score of the positive and by the
    score of the negatives, which is the same for all. A step of training
    raises scores where the slope is below 0, and lowers them where it is
    above. Slopes are shown times the temperature, hence in -1..1, so that
    losses of any scale can be compared.

    * InfoNCE: `-(1 - p) / temperature` by the positive's score and, summed
      over the negatives, `(1 - p) / temperature` by theirs, with `p` the
      softmax of the positive: both depend on both scores, by their
      difference.
    * MIO: `-sigmoid(-s / temperature) / temperature` by the positive's score
      and `sigmoid(s / temperature) / temperature` by those of the negatives,
      whose mean it takes: each depends on its own score alone.

    Args:
        temperature: Positive float, of InfoNCE. Defaults to 0.2, as in
            MoCo v2.
        num_negatives: Integer, negatives of InfoNCE. Defaults to 4096.
        mio_temperature: Positive float, of MIO. Defaults to 0.5.
        title: String above the figure. Defaults to these settings.

    Returns:
        `matplotlib.figure.Figure`: one row per loss, its slope by the
        positive at the left, by the negatives at the right.

    Raises:
        ValueError: If a temperature is not positive, or there is no negative.

    Example:

    >>> figure = plot_gradient_landscape(num_negatives=65536)

    Reference: our derivation, from the losses as released; for InfoNCE see
    also Zhu et al., 2021, https://arxiv.org/abs/2108.02982.
    """
    temperatures = {
        "temperature": temperature,
        "mio_temperature": mio_temperature,
    }
    for name, value in temperatures.items():
        if not value > 0:
            raise ValueError(
                f"`{name}` divides the scores and must be positive. "
                f"Received: {name}={value}"
            )
    check_integer("num_negatives", num_negatives, 1)
    scores = np.linspace(-1, 1, POINTS)
    positive, negative = np.meshgrid(scores, scores)
    slopes = {
        "InfoNCE": info_nce_slopes(
            positive, negative, temperature, num_negatives
        ),
        "MIO": mio_slopes(positive, negative, mio_temperature),
    }
    levels = np.linspace(-1, 1, BANDS + 1)
    figure, panels = subplots(
        2,
        2,
        figsize=(12, 10),
        sharex=True,
        sharey=True,
    )
    figure.get_layout_engine().set(wspace=0.04, hspace=0.06, h_pad=0.1)
    for row, (loss, both) in zip(panels, slopes.items(), strict=True):
        for axes, slope, pairs in zip(row, both, PAIRS, strict=True):
            bands = axes.contourf(scores, scores, slope, levels, cmap=COLORMAP)
            axes.set(xticks=TICKS, yticks=TICKS, aspect="equal")
            tidy(axes, f"{loss}: {pairs}")
        row[0].set_ylabel("score of the negatives")
    for axes in panels[1]:
        axes.set_xlabel("score of the positive")
    bar = figure.colorbar(bands, ax=panels, shrink=0.8, pad=0.04)
    bar.set_label("slope of the loss, times T", fontsize=TEXT, color=INK)
    bar.ax.tick_params(labelsize=TEXT, color=FAINT, labelcolor=INK)
    bar.set_ticks(TICKS)
    bar.outline.set_visible(False)
    default = (
        f"InfoNCE at T = {temperature:g}, {num_negatives:,} negatives; "
        f"MIO at T = {mio_temperature:g}"
    )
    title_of(figure, title or default)
    return figure


def info_nce_slopes(
    positive: np.ndarray,
    negative: np.ndarray,
    temperature: float,
    num_negatives: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Slopes by the positive's score and by those of all negatives, times T."""
    gap = (positive - negative) / temperature - math.log(num_negatives)
    # The share of the negatives in the softmax.
    share = sigmoid(-gap)
    return -share, share


def mio_slopes(
    positive: np.ndarray, negative: np.ndarray, temperature: float
) -> tuple[np.ndarray, np.ndarray]:
    """The same of MIO, as released and without its regularizer."""
    return -sigmoid(-positive / temperature), sigmoid(negative / temperature)


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 0.5 * (1 + np.tanh(x / 2))

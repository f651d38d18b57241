import itertools
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from keras_contrastive._check_tensor import check_tensor
from keras_contrastive._checked import checked
from keras_contrastive.visualization._style import (
    COLORS,
    legend_beside,
    subplots,
    tidy,
    title_of,
)

PANELS = "loss", "accuracy", "rank", "health"
# What `CollapseGuard` measures.
RANKS = "effective_rank", "projection_rank"
DIAGNOSTICS = (
    "feature_spread",
    "dead_dimensions",
    "projection_spread",
    "uniformity",
    "alignment",
    "hardest_repulsion",
    "momentum_drift",
    "standing_drift",
)


@checked
def plot_history(
    history: Any, *, every: int | None = None, title: str | None = None
) -> Figure:
    """Shows the curves of a training run.

    Loss and its terms go into one panel; accuracies, that is names that end
    in `accuracy` or contain `knn` or `probe`, into another; what
    `CollapseGuard` measures into two more, of ranks and of all else.
    Validation curves are dashed. A term that equals the loss is shown once,
    and the learning rate not at all.

    Args:
        history: What `fit` returns, or a dictionary from the name of a curve
            to a list of one value per epoch. Curves with fewer values were
            measured every few epochs.
        every: Integer, epochs from one value to the next in these shorter
            curves. Defaults to the largest number that fits their length.
        title: String above the figure. Defaults to none.

    Returns:
        `matplotlib.figure.Figure`.

    Raises:
        ValueError: If there are no curves, or the number of values of a
            curve does not fit.

    Example:

    >>> history = model.fit(train, epochs=100, callbacks=[probe])
    >>> plot_history(history).savefig("curves.png")
    """
    epochs = getattr(history, "epoch", None)
    if not isinstance(getattr(history, "history", history), dict):
        raise ValueError(
            "`history` must be what `fit` returned, or its `history`. "
            f"Received: {type(history).__name__}"
        )
    curves = {}
    for name, values in getattr(history, "history", history).items():
        check_tensor(f"history[{name!r}]", values, 1)
        if name != "learning_rate":
            curves[name] = np.asarray(values, dtype="float64")
    if not any(map(len, curves.values())):
        raise ValueError(
            "`history` must hold at least one curve. "
            f"Received: curves {sorted(curves)}"
        )
    if epochs is None:
        epochs = range(max(map(len, curves.values())))
    epochs = np.asarray(epochs) + 1
    panels: dict[str, dict[str, np.ndarray]] = {}
    # A loss may have a term of such a name.
    is_guarded = "feature_spread" in curves
    for name, values in curves.items():
        panels.setdefault(panel_of(name, is_guarded), {})[name] = values
    losses = panels.get("loss", {})
    for name in [n for n in losses if repeats_the_loss(n, losses)]:
        del losses[name]
    panels = {name: panels[name] for name in PANELS if name in panels}
    columns = min(len(panels), 2)
    rows = -(-len(panels) // columns)
    figure, grid = subplots(
        rows,
        columns,
        figsize=(7 * columns, 4.5 * rows),
        squeeze=False,
    )
    figure.get_layout_engine().set(wspace=0.08)
    for axes in grid.flat[len(panels) :]:
        axes.remove()
    for axes, (name, panel) in zip(grid.flat, panels.items(), strict=False):
        draw(axes, panel, epochs, every)
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
        axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
        if name == "accuracy":
            axes.yaxis.set_major_formatter(lambda y, _: f"{100 * y:.4g} %")
        # A single curve needs no legend.
        tidy(axes, name if len(panel) > 1 else readable(*panel))
    title_of(figure, title)
    return figure


def is_accuracy(name: str) -> bool:
    return name.endswith("accuracy") or "knn" in name or "probe" in name


def panel_of(name: str, is_guarded: bool) -> str:
    if is_accuracy(name):
        return "accuracy"
    if is_guarded and name in RANKS:
        return "rank"
    return "health" if is_guarded and name in DIAGNOSTICS else "loss"


def repeats_the_loss(name: str, losses: dict[str, np.ndarray]) -> bool:
    whole = "val_loss" if name.startswith("val_") else "loss"
    return (
        name != whole
        and whole in losses
        and len(losses[whole]) == len(losses[name])
        and np.allclose(losses[whole], losses[name], rtol=1e-4, equal_nan=True)
    )


def readable(name: str) -> str:
    return name.replace("_", " ").replace("knn", "k-NN")


def draw(
    axes: Axes,
    panel: dict[str, np.ndarray],
    epochs: np.ndarray,
    every: int | None,
) -> None:
    # A validation curve has the color of its training curve.
    names = dict.fromkeys(name.removeprefix("val_") for name in panel)
    colors = dict(zip(names, itertools.cycle(COLORS), strict=False))
    for name, values in panel.items():
        x = epochs_of(name, values, epochs, every)
        axes.plot(
            x,
            values,
            color=colors[name.removeprefix("val_")],
            linestyle="--" if name.startswith("val_") else "-",
            linewidth=2.5,
            marker="o" if len(x) <= 25 else None,
            markersize=6,
            label=readable(name),
        )
    if len(panel) > 1:
        legend_beside(axes)


def epochs_of(
    name: str, values: np.ndarray, epochs: np.ndarray, every: int | None
) -> np.ndarray:
    """Epochs at which a curve was measured."""
    if len(values) == len(epochs):
        return epochs
    longest = len(epochs) // max(len(values), 1)
    for step in range(longest, 0, -1) if every is None else [every]:
        measured = epochs[epochs % step == 0]
        if len(measured) == len(values):
            return measured
    raise ValueError(
        f"`history` has {len(epochs)} epochs: a curve needs that many values, "
        "or one for every few epochs; set `every`. "
        f'Received: {len(values)} values of "{name}", every={every}'
    )

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from keras_contrastive._checked import checked
from keras_contrastive.evaluation import Report
from keras_contrastive.visualization._style import (
    COLORS,
    INK,
    TEXT,
    TITLE,
    subplots,
    tidy,
)


@checked
def plot_scores(
    reports: dict[str, Any],
    *,
    metrics: Sequence[str] | None = None,
    title: str | None = None,
) -> Figure:
    """Compares reports of several encoders, with one bar per metric of each.

    Args:
        reports: Dictionary from the name of an encoder to its `Report`, or to
            the `Report`s of several seeds: the bar is then their mean, and
            its whisker their standard deviation. The whisker of one report is
            its spread, where it has one.
        metrics: List of names of metrics, from top to bottom. Defaults to
            those that all reports have.
        title: String above the figure. Defaults to the name of the reports.

    Returns:
        `matplotlib.figure.Figure`.

    Raises:
        ValueError: If there are no reports, or one lacks a metric.

    Example:

    >>> probe = keras_contrastive.evaluation.parameter_probe
    >>> figure = plot_scores(
    ...     {
    ...         "SimCLR": probe(simclr.encoder, views, train, test),
    ...         "+ EquiMod": probe(equimod.encoder, views, train, test),
    ...     }
    ... )
    """
    if not isinstance(reports, dict) or not all([reports, *reports.values()]):
        raise ValueError(
            "`reports` must be a dictionary from a name to a `Report` or "
            f"several. Received: reports={reports}"
        )
    seeds = {
        name: [found] if isinstance(found, Report) else found
        for name, found in reports.items()
    }
    for name, found in seeds.items():
        is_list = isinstance(found, list | tuple) and found
        if not is_list or not all(isinstance(x, Report) for x in found):
            raise ValueError(
                "`reports` must hold a `Report` or several for each name. "
                f"Received: {type(found).__name__} for {name!r}"
            )
    every = [report for found in seeds.values() for report in found]
    shared = [
        metric
        for metric in every[0].metrics
        if all(metric in report.metrics for report in every)
    ]
    metrics = shared if metrics is None else list(metrics)
    missing = [metric for metric in metrics if metric not in shared]
    if missing or not metrics:
        raise ValueError(
            f"`metrics` must be some of {shared}, which all reports have. "
            f"Received: {missing}"
        )
    height = 0.8 / len(seeds)
    figure, axes = subplots(
        figsize=(11, 1.4 + 0.3 * len(metrics) * (1 + len(seeds)) / 2),
    )
    rows = np.arange(len(metrics))
    for i, (name, found) in enumerate(seeds.items()):
        means, whiskers = zip(
            *(mean_and_spread(found, metric) for metric in metrics),
            strict=True,
        )
        axes.barh(
            rows + (i - (len(seeds) - 1) / 2) * height,
            means,
            height,
            xerr=whiskers,
            color=COLORS[i % len(COLORS)],
            error_kw={"ecolor": INK, "elinewidth": 1},
            label=name,
        )
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.set_yticks(rows, metrics)
    axes.invert_yaxis()
    axes.legend(fontsize=TEXT, frameon=False, labelcolor=INK, loc="best")
    tidy(axes)
    axes.set_title(
        title or every[0].name, fontsize=TITLE, color=INK, loc="left", pad=12
    )
    return figure


def mean_and_spread(reports: list[Report], metric: str) -> tuple[float, float]:
    values = [report.metrics[metric] for report in reports]
    if len(values) == 1:
        return values[0], reports[0].spreads.get(metric, 0.0)
    return float(np.mean(values)), float(np.std(values, ddof=1))

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from keras_contrastive._checked import checked
from keras_contrastive.contrasts._in_batch import check_pair
from keras_contrastive.losses import ContrastLoss, MIOLoss, NTXent
from keras_contrastive.metrics._checked_rows import checked_rows
from keras_contrastive.metrics._pair_weights import pair_weights
from keras_contrastive.metrics._unit import unit
from keras_contrastive.visualization._style import (
    COLORS,
    legend_beside,
    subplots,
    tidy,
    title_of,
)


@checked
def plot_pair_weights(
    z1: Any, z2: Any, *, losses: dict[str, ContrastLoss] | None = None
) -> Figure:
    """Shows how hard losses pull positives and push negatives.

    Each point is a pair of the batch at its cosine; its height is the
    derivative of the loss by that cosine, divided by the mean of all pairs of
    its panel, so that losses of any scale can be compared. The points of MIO
    lie on one curve: the weight of a pair depends on its own cosine alone.
    Those of InfoNCE scatter: each negative competes with the others of its
    anchor, and the hardest get nearly all of the weight.

    Args:
        z1: Projections `(batch, units)` of the first view, of any length.
        z2: The same of the second view.
        losses: Dictionary from a name to `MIOLoss` or `NTXent`. Defaults to
            `MIOLoss()` and `NTXent(0.1)`, the symmetric InfoNCE of SimCLR.

    Returns:
        `matplotlib.figure.Figure`.

    Raises:
        ValueError: As `keras_contrastive.metrics.pair_weights` does.

    Example:

    >>> outputs = model(images)
    >>> plot_pair_weights(*outputs["projections"]).savefig("weights.png")

    Reference: our derivation, see `keras_contrastive.metrics.pair_weights`.
    """
    if losses is None:
        losses = {"MIO": MIOLoss(), "InfoNCE": NTXent(0.1)}
    z1, z2 = checked_rows(z1, "z1"), checked_rows(z2, "z2")
    check_pair(z1, z2, "`z1` and `z2`")
    z = np.concatenate([unit(z1), unit(z2)])
    count = len(z) // 2
    first, second = np.triu_indices(2 * count, k=1)
    positive = second - first == count
    cosines = (z @ z.T)[first, second]
    figure, row = subplots(
        1,
        2,
        figsize=(14, 5),
    )
    panels = {"positives, pulled": positive, "negatives, pushed": ~positive}
    for axes, (title, chosen) in zip(row, panels.items(), strict=True):
        for color, (name, loss) in zip(COLORS, losses.items(), strict=False):
            weights = np.abs(pair_weights(loss, z1, z2)[first, second][chosen])
            axes.scatter(
                cosines[chosen],
                weights / weights.mean(),
                s=np.clip(30_000 / chosen.sum(), 4, 60),
                color=color,
                alpha=0.7,
                linewidths=0,
                label=name,
            )
        axes.set(xlabel="cosine", ylabel="weight over the mean", ylim=(0, None))
        tidy(axes, title)
    legend = legend_beside(row[1])
    for handle in legend.legend_handles:
        handle.set(sizes=[90], alpha=1)
    title_of(figure, "Weight of each pair in the gradient")
    return figure

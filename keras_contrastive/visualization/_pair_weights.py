import matplotlib.pyplot as plt
import numpy as np

from keras_contrastive.losses import MIOLoss, NTXent
from keras_contrastive.metrics._pair_weights import pair_weights, unit
from keras_contrastive.visualization._style import (
    COLORS,
    DPI,
    INK,
    TEXT,
    TITLE,
    tidy,
)


def plot_pair_weights(z1, z2, losses=None):
    """Shows how hard losses pull positives and push negatives.

    Each point is a pair of the batch at its cosine; its height is the
    derivative of the loss by that cosine, over the mean of all pairs of its
    panel, so that losses of any scale compare. MIO's points lie on one curve:
    a pair's weight depends on its own cosine alone. InfoNCE's scatter: each
    negative competes with the others of its anchor, and the hardest get
    nearly all of the weight.

    Args:
        z1: Projections `(batch, units)` of the first view, of any length.
        z2: The same of the second view.
        losses: Dictionary, name to `MIO` or `NTXent`. Defaults to `MIOLoss()` and
            to `NTXent(0.1)`, the symmetric InfoNCE of SimCLR.

    Returns:
        `matplotlib.figure.Figure`.

    Example:

    >>> outputs = model(images)
    >>> plot_pair_weights(*outputs["projections"]).savefig("weights.png")

    Reference: our derivation, see `keras_contrastive.metrics.pair_weights`.
    """
    if losses is None:
        losses = {"MIO": MIOLoss(), "InfoNCE": NTXent(0.1)}
    z = unit(np.concatenate([np.asarray(z1), np.asarray(z2)]))
    count = len(z) // 2
    first, second = np.triu_indices(2 * count, k=1)
    positive = second - first == count
    cosines = (z @ z.T)[first, second]
    figure, row = plt.subplots(
        1, 2, figsize=(14, 5), dpi=DPI, layout="constrained"
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
    legend = row[1].legend(
        loc="center left",
        bbox_to_anchor=(1, 0.5),
        fontsize=TEXT,
        frameon=False,
        labelcolor=INK,
    )
    for handle in legend.legend_handles:
        handle.set(sizes=[90], alpha=1)
    figure.suptitle(
        "Weight of each pair in the gradient", fontsize=TITLE, color=INK
    )
    return figure

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from keras_contrastive._check_class_labels import check_class_labels
from keras_contrastive._checked import checked
from keras_contrastive._import_extra import import_extra
from keras_contrastive.visualization._style import (
    COLORS,
    FAINT,
    MARKERS,
    legend_beside,
    subplots,
    tidy,
)

TINY = np.finfo("float64").tiny


@checked
def plot_embedding(
    features: Any,
    labels: Any = None,
    *,
    class_names: Any = None,
    method: str = "pca",
    title: str | None = None,
    seed: int = 0,
) -> Figure:
    """Shows features as points in the plane, colored by class.

    PCA is a rotation: distances in the figure are at most those between the
    features. t-SNE keeps neighbors together but neither sizes of groups nor
    distances between them; it takes some ten seconds for a few thousand
    points.

    Args:
        features: Array `(num_images, dim)`, e.g. of
            `kc.evaluation.extract_features`.
        labels: Integer array `(num_images,)`, -1 for an image without one,
            which is gray. Defaults to none, one color.
        class_names: List or dictionary, from a label to its name in the
            legend, e.g. `class_names` of the data. Defaults to the labels
            themselves.
        method: `"pca"`, or `"tsne"`, which needs scikit-learn. Defaults to
            `"pca"`.
        title: String above the figure. Defaults to the name of the method.
        seed: Integer, seed of t-SNE. Defaults to 0.

    Returns:
        `matplotlib.figure.Figure`.

    Raises:
        ValueError: If an argument has the wrong shape or is unknown.
        ImportError: If `method="tsne"` and scikit-learn is missing.

    Example:

    >>> features, labels = extract_features(model.encoder, test)
    >>> figure = plot_embedding(features, labels, method="tsne")
    >>> figure.savefig("tsne.png")

    Reference: van der Maaten and Hinton, 2008, "Visualizing data using
    t-SNE".
    """
    features = np.asarray(features)
    if features.ndim != 2 or len(features) < 3 or features.shape[1] < 2:
        raise ValueError(
            "`features` must have shape (num_images, dim), at least 3 images "
            f"and 2 dimensions. Received: shape {features.shape}"
        )
    if labels is not None:
        labels = check_class_labels(labels, "labels")
        if len(labels) != len(features):
            raise ValueError(
                "`labels` must have one label for each row of `features`, "
                f"shape ({len(features)},). Received: shape {labels.shape}"
            )
        classes = name_classes(labels[labels >= 0], class_names)
    if method == "pca":
        points, shares = principal_components(features)
        names = [
            f"component {i} ({100 * share:.0f} % of variance)"
            for i, share in enumerate(shares, start=1)
        ]
    elif method == "tsne":
        points, names = tsne(features, seed), ["", ""]
    else:
        raise ValueError(
            f'`method` must be "pca" or "tsne". Received: method={method!r}'
        )
    figure, axes = subplots(
        figsize=(9, 7),
    )
    # From some hundred large points to many thousand small ones.
    size = np.clip(30_000 / len(points), 4, 60)
    if labels is None:
        draw(axes, points, size, COLORS[0], MARKERS[0])
    else:
        draw_classes(axes, points, size, labels, classes)
    axes.set(xlabel=names[0], ylabel=names[1], xticks=[], yticks=[])
    # With one unit for both directions, distances are seen as they are.
    axes.set_aspect("equal", adjustable="datalim")
    tidy(axes, title or {"pca": "PCA", "tsne": "t-SNE"}[method])
    if method == "tsne":  # its axes mean nothing
        axes.spines[:].set_visible(False)
    return figure


def name_classes(labels: np.ndarray, class_names: Any) -> dict[int, str]:
    """Returns the names of the classes that occur, by label."""
    classes = np.unique(labels).tolist()
    if len(classes) > len(COLORS) * len(MARKERS):
        raise ValueError(
            f"`labels` may have up to {len(COLORS) * len(MARKERS)} classes, "
            "more cannot be told apart: leave some out. "
            f"Received: {len(classes)} classes"
        )
    if class_names is None:
        return {label: str(label) for label in classes}
    if not isinstance(class_names, dict | list | tuple):
        raise ValueError(
            "`class_names` must be a list or a dictionary. "
            f"Received: {type(class_names).__name__}"
        )
    if not isinstance(class_names, dict):
        class_names = dict(enumerate(class_names))
    missing = [label for label in classes if label not in class_names]
    if missing:
        raise ValueError(
            "`class_names` must name every class in `labels`. "
            f"Received: no names for {missing}"
        )
    return {label: class_names[label] for label in classes}


def draw_classes(
    axes: Axes,
    points: np.ndarray,
    size: float,
    labels: np.ndarray,
    classes: dict[int, str],
) -> None:
    if (labels < 0).any():
        draw(axes, points[labels < 0], size, FAINT, ".", "no label")
    for index, (label, name) in enumerate(classes.items()):
        color = COLORS[index % len(COLORS)]
        marker = MARKERS[(index + index // len(COLORS)) % len(MARKERS)]
        draw(axes, points[labels == label], size, color, marker, name)
    legend = legend_beside(
        axes, ncols=-(-len(classes) // 16), handletextpad=0.2
    )
    for handle in legend.legend_handles:
        handle.set(sizes=[90], alpha=1)


def draw(
    axes: Axes,
    points: np.ndarray,
    size: float,
    color: str,
    marker: str,
    label: str | None = None,
) -> None:
    axes.scatter(
        points[:, 0],
        points[:, 1],
        s=size,
        color=color,
        marker=marker,
        alpha=0.7,
        linewidths=0,
        label=label,
    )


def principal_components(
    features: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the first two components and their shares of the variance.

    By the eigenvectors of the covariance, or of the products of all pairs of
    rows where these are fewer. The largest entry of a direction is positive.
    """
    centered = features - features.mean(axis=0, dtype="float64")
    if len(centered) >= centered.shape[1]:
        values, vectors = np.linalg.eigh(centered.T @ centered)
        directions = vectors[:, [-1, -2]]
    else:
        values, vectors = np.linalg.eigh(centered @ centered.T)
        directions = centered.T @ vectors[:, [-1, -2]]
        directions /= np.maximum(np.linalg.norm(directions, axis=0), TINY)
    largest = directions[np.abs(directions).argmax(axis=0), [0, 1]]
    points = centered @ np.where(largest < 0, -directions, directions)
    shares = np.maximum(values[[-1, -2]], 0) / max(values.sum(), TINY)
    return points, shares


def tsne(features: np.ndarray, seed: int) -> np.ndarray:
    manifold = import_extra("sklearn.manifold", "eval", '`method="tsne"`')
    perplexity = min(30, (len(features) - 1) / 3)
    reduce = manifold.TSNE(perplexity=perplexity, init="pca", random_state=seed)
    return reduce.fit_transform(features)

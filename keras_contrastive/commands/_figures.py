import pathlib
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from keras_contrastive.commands._even_rows import even_rows
from keras_contrastive.data import Batches
from keras_contrastive.evaluation import extract_features

# Of the figure of features, which needs at least so many.
FEWEST_POINTS = 3
POINTS, CLASSES = 2000, 10


def embedding_figure(encoder: keras.Model, data: Batches) -> Any:
    """Features of labeled data, of the first classes."""
    from keras_contrastive import visualization  # matplotlib takes a second

    features, found = extract_features(encoder, data)
    labels = np.asarray(found)
    shown = np.unique(labels)[:CLASSES]
    rows = np.flatnonzero(np.isin(labels, shown))
    rows = rows[even_rows(len(rows), POINTS)]
    return visualization.plot_embedding(
        features[rows], labels[rows], class_names=data.class_names
    )


def save_figures(figures: Mapping[str, Any], output: pathlib.Path) -> None:
    import matplotlib.pyplot as plt

    for name, figure in figures.items():
        figure.savefig(output / f"{name}.png", dpi=150, bbox_inches="tight")
        plt.close(figure)

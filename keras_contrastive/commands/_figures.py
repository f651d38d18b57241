import pathlib
from collections.abc import Mapping

import keras
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from keras_contrastive import visualization
from keras_contrastive.data import Batches
from keras_contrastive.evaluation import extract_features

# Of the figure of features.
POINTS, CLASSES = 2000, 10


def embedding_figure(encoder: keras.Model, data: Batches) -> Figure:
    """Features of labeled data, of the first classes."""
    features, found = extract_features(encoder, data)
    labels = np.asarray(found)
    shown = np.unique(labels)[:CLASSES]
    rows = np.flatnonzero(np.isin(labels, shown))[:POINTS]
    return visualization.plot_embedding(
        features[rows], labels[rows], class_names=data.class_names
    )


def save_figures(figures: Mapping[str, Figure], output: pathlib.Path) -> None:
    for name, figure in figures.items():
        figure.savefig(output / f"{name}.png", dpi=150, bbox_inches="tight")
        plt.close(figure)

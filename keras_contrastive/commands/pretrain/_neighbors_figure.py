from typing import Any

import keras
import numpy as np

from keras_contrastive.commands._even_rows import even_rows
from keras_contrastive.data import Batches, from_folder
from keras_contrastive.evaluation import extract_features

PICTURES, NEIGHBORS = 8, 4
# Among which neighbors are looked for.
MOST = 5000
BATCH_SIZE = 256


def neighbors_figure(encoder: keras.Model, folder: str, image_size: int) -> Any:
    """Pictures at even distances by path, and below each its nearest ones.

    Nothing is chosen. Of many pictures, 5000 at even distances are searched.
    """
    # matplotlib takes a second
    from keras_contrastive.visualization._picture_grid import Row, picture_grid

    data = from_folder(
        folder,
        BATCH_SIZE,
        image_size=image_size,
        shuffle=False,
        on_error="substitute",
    )
    source = data.source.select(even_rows(data.num_images, MOST))
    features, _ = extract_features(
        encoder, Batches(source, BATCH_SIZE, shuffle=False)
    )
    asked = even_rows(len(features), PICTURES)
    found = nearest(features, asked)
    names = ["picture", "nearest", "2nd", "3rd", "4th"]
    return picture_grid(
        [
            Row(name, source.read(column)[0] / np.float32(255))
            for name, column in zip(names, [asked, *found.T], strict=True)
        ]
    )


def nearest(features: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Rows with the largest cosines to those asked for, but themselves."""
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    unit = features / np.maximum(lengths, np.finfo("float32").tiny)
    similarities = unit[asked] @ unit.T
    similarities[np.arange(len(asked)), asked] = -np.inf
    return np.argsort(-similarities, axis=1, kind="stable")[:, :NEIGHBORS]

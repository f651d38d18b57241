from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from keras_contrastive.evaluation._ahead import ahead
from keras_contrastive.evaluation._features import fetch, start_batch
from keras_contrastive.views import Pipeline

BATCH = 256


def view_features(
    encoder: keras.Model, pipeline: Pipeline, images: np.ndarray, draws: Any
) -> np.ndarray:
    """Features of views under given draws, a batch at a time.

    Args:
        encoder: `keras.Model`, images to features `(batch, dim)`.
        pipeline: `Pipeline` of one view.
        images: Array `(images, height, width, channels)`.
        draws: What `draw` or `identity` of the pipeline returned for them.

    Returns:
        float32 array `(images, dim)`.
    """
    num_rows = min(BATCH, len(images))

    def started() -> Iterator[tuple[Any, int]]:
        for first in range(0, len(images), BATCH):
            rows = slice(first, first + BATCH)
            drawn = keras.tree.map_structure(
                lambda d, rows=rows: d[rows], draws
            )
            views = pipeline.replay(images[rows], drawn)
            yield start_batch(encoder, views, num_rows), len(views)

    return np.concatenate([fetch(*batch) for batch in ahead(started())])

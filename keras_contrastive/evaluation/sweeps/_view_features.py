from typing import Any

import keras
import numpy as np
from keras import ops

from keras_contrastive.evaluation._features import encode
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
    features = []
    for start in range(0, len(images), BATCH):
        rows = slice(start, start + BATCH)
        drawn = keras.tree.map_structure(lambda d, rows=rows: d[rows], draws)
        views = ops.convert_to_numpy(pipeline.replay(images[rows], drawn))
        features.append(encode(encoder, views, min(BATCH, len(images))))
    return np.concatenate(features)

"""What may stand after each convolution, plain layers of Keras."""

from typing import Any

import keras

from keras_contrastive.layers._batch_norm import batch_norm


def layer_norm(**kwargs: Any) -> keras.layers.Layer:
    """Layer normalization of the whole map of an image.

    Mean and variance are those of all rows, columns and channels; scale and
    shift are one per channel, so that maps may be of any size.
    """
    return keras.layers.GroupNormalization(groups=1, epsilon=1e-5, **kwargs)


NORMS = {"batch": batch_norm, "layer": layer_norm}

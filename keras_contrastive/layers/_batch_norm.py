from typing import Any

import keras


def batch_norm(**kwargs: Any) -> keras.layers.BatchNormalization:
    """Batch normalization with the momentum and epsilon of the papers.

    It is Keras' own, so that what holds it loads without this package. Where
    its statistics come from in training, the model that trains it says:
    `use_batch_statistics`.
    """
    return keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-5, **kwargs)

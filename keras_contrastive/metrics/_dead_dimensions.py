from typing import Any

import numpy as np

from keras_contrastive._checked import checked
from keras_contrastive.metrics._checked_rows import checked_rows


@checked
def dead_dimensions(features: Any, *, threshold: float = 1e-3) -> float:
    """Share of the units that hardly vary from image to image.

    A unit is dead if its standard deviation over the samples is below
    `threshold` times the root mean square of all entries.

    Args:
        features: Array `(samples, units)`.
        threshold: Float in 0..1, relative to the size of the features.
            Defaults to 1e-3.

    Returns:
        Float in 0..1; 1 where all samples are the same.

    Raises:
        ValueError: For other than at least 2 samples, or a threshold outside
            0..1.

    Example:

    >>> dead_dimensions(model.encoder(images))
    """
    if not 0 <= threshold <= 1:
        raise ValueError(
            "`threshold` is relative to the size of the features, in 0..1. "
            f"Received: threshold={threshold}"
        )
    features = checked_rows(features, "features")
    size = np.sqrt(np.mean(features**2))
    return float(np.mean(features.std(axis=0) <= threshold * size))

from typing import Any

import numpy as np

from keras_contrastive._check_tensor import check_tensor
from keras_contrastive.metrics._checked_rows import check_finite
from keras_contrastive.metrics._unit import float64, unit


def equivariance(
    original: Any, embeddings: Any, predicted: Any
) -> dict[str, np.ndarray]:
    """How much better a prediction is than no change at all.

    With `y0` the embedding of an untouched image, `y` that of its view and
    `p` the one predicted for the view:

        invariance = cos(y, y0)
        absolute   = cos(y, p) - cos(y, y0)
        relative   = (1 - cos(y, y0)) / (1 - cos(y, p))

    Where the prediction is no better than the embedding of the untouched
    image, absolute is 0 and relative is 1; above, the module knows where the
    augmentation moves the image. Relative is a ratio that grows without bound
    as the prediction becomes exact, here to 2e6 at most, and its mean is a
    mean of ratios: read the two together.

    Args:
        original: Array `(images, units)`.
        embeddings: Array `(images, units)`.
        predicted: Array `(images, units)`.

    Returns:
        Dictionary of float64 arrays `(images,)`: `invariance` in -1..1,
        `absolute` in -2..2, `relative` from 0.

    Raises:
        ValueError: For arrays that are not of one shape `(images, units)`,
            or not finite.

    Example:

    >>> outputs = model(images)  # of `keras_contrastive.EquiMod`
    >>> found = equivariance(
    ...     outputs["original"],
    ...     outputs["embeddings"][:, 0],
    ...     outputs["predicted"][:, 0],
    ... )
    >>> found["relative"].mean()

    Reference: Devillers and Lefort, 2022, https://arxiv.org/abs/2211.01244,
        section 3.2, and the authors' code.
    """
    given = {
        "original": original,
        "embeddings": embeddings,
        "predicted": predicted,
    }
    for name, value in given.items():
        check_tensor(name, value)
    arrays = [float64(value) for value in given.values()]
    shapes = [x.shape for x in arrays]
    if len(shapes[0]) != 2 or len(set(shapes)) > 1:
        raise ValueError(
            "`original`, `embeddings` and `predicted` must have the same "
            f"shape (images, units). Received: shapes {shapes}"
        )
    for name, array in zip(given, arrays, strict=True):
        check_finite(array, name)
    y0, y, p = map(unit, arrays)
    stays = np.clip((y * y0).sum(axis=1), -1, 1)
    found = np.clip((y * p).sum(axis=1), -1, 1)
    return {
        "invariance": stays,
        "absolute": found - stays,
        "relative": (1 - stays) / np.maximum(1 - found, 1e-6),
    }

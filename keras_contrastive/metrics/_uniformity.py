from typing import Any

import numpy as np

from keras_contrastive._checked import checked
from keras_contrastive.metrics._checked_rows import checked_rows
from keras_contrastive.metrics._unit import unit


@checked
def uniformity(z: Any, *, t: float = 2.0) -> float:
    """How evenly vectors are spread over the sphere; lower is more even.

    With `z` of unit length, the logarithm of the mean of
    `exp(-t |z_i - z_j|^2)` over all pairs of two samples: 0 if all fall on
    one point, and with many units near `-2 t` for samples on the whole sphere.

    Args:
        z: Array `(samples, units)`, of any length; one view of each image.
        t: Positive float. Defaults to 2.

    Returns:
        Float in `-4 t`..0.

    Raises:
        ValueError: For other than at least 2 samples, or a `t` that is not
            positive.

    Example:

    >>> uniformity(model.encoder(images))

    Reference: Wang and Isola, 2020, https://arxiv.org/abs/2005.10242,
        section 4.1.2.
    """
    if not t > 0:
        raise ValueError(
            f"`t` must be positive, the paper's is 2. Received: t={t}"
        )
    z = unit(checked_rows(z, "z"))
    cosines = (z @ z.T)[np.triu_indices(len(z), k=1)]
    exponents = -t * (2 - 2 * cosines.clip(-1, 1))
    largest = exponents.max()  # that of all others may be too small for exp
    return float(largest + np.log(np.mean(np.exp(exponents - largest))))

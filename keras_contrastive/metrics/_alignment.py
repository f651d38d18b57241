from typing import Any

from keras_contrastive.metrics._checked_rows import checked_rows
from keras_contrastive.metrics._unit import unit


def alignment(z1: Any, z2: Any) -> float:
    """Mean squared distance between the views of an image, on the sphere.

    With `z` of unit length it is the mean of `|z1 - z2|^2 = 2 - 2 cosine`: 0
    where the views of every image coincide, as they also do if all images
    fall on one point. Read it together with `uniformity`.

    Args:
        z1: Array `(images, units)` of the first view, of any length.
        z2: The same of the second view.

    Returns:
        Float in 0..4.

    Raises:
        ValueError: For arrays that are not of one shape `(images, units)`, or
            of fewer than 2 images.

    Example:

    >>> first, second = model(images)["projections"]
    >>> alignment(first, second)

    Reference: Wang and Isola, 2020, https://arxiv.org/abs/2005.10242,
        section 4.1.1, with alpha of 2.
    """
    z1, z2 = checked_rows(z1, "z1"), checked_rows(z2, "z2")
    if z1.shape != z2.shape:
        raise ValueError(
            "`z1` and `z2` must have the same shape (images, units). "
            f"Received: shapes {z1.shape} and {z2.shape}"
        )
    return float(((unit(z1) - unit(z2)) ** 2).sum(axis=1).mean())

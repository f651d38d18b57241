from typing import Any

import numpy as np

from keras_contrastive._checked import checked
from keras_contrastive.metrics._checked_rows import checked_rows
from keras_contrastive.metrics._effective_rank import entropy_rank


@checked
def lidar(embeddings: Any, *, delta: float = 1e-4) -> float:
    """How many dimensions tell images apart in spite of their views.

    Each image is a class and its views are the samples of it: the effective
    rank of `W^(-1/2) B W^(-1/2)`, where `B` is the covariance of the means of
    the images and `W` that of views around the mean of their image. Unlike
    `effective_rank` it does not count dimensions in which only the views
    differ. The paper takes 1000 images and 50 views of each.

    Args:
        embeddings: Array `(images, views, units)`.
        delta: Positive float, added to the diagonal of `W`. Defaults to 1e-4.

    Returns:
        Float from 1 to the smaller of units and images minus one; 0 where all
        images have the same mean.

    Raises:
        ValueError: For other than at least 2 images of at least 2 views, or a
            `delta` that is not positive.

    Example:

    >>> views = kc.views.MultiView([pipeline] * 50)
    >>> embeddings = [encoder(view) for view in views(images)]
    >>> lidar(np.stack(embeddings, axis=1))

    Reference: Thilak et al., 2023, https://arxiv.org/abs/2312.04000,
        section 4.
    """
    if not delta > 0:
        raise ValueError(f"`delta` must be positive. Received: delta={delta}")
    axes = ("images", "views", "units")
    embeddings = checked_rows(embeddings, "embeddings", axes)
    if embeddings.shape[1] < 2:
        raise ValueError(
            "`embeddings` must have at least 2 views of each image. "
            f"Received: shape {embeddings.shape}"
        )
    means = embeddings.mean(axis=1)
    between = covariance(means - means.mean(axis=0))
    around = (embeddings - means[:, None]).reshape(-1, embeddings.shape[-1])
    within = covariance(around) + delta * np.eye(embeddings.shape[-1])
    values, vectors = np.linalg.eigh(within)
    whiten = vectors / np.sqrt(values) @ vectors.T
    values = np.linalg.eigvalsh(whiten @ between @ whiten)
    return entropy_rank(values, (means**2).mean() / delta)


def covariance(rows: np.ndarray) -> np.ndarray:
    return rows.T @ rows / len(rows)

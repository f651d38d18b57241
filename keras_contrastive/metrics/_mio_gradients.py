"""Closed forms of what one step of MIO does, as the paper studies it."""

from typing import Any

import numpy as np

from keras_contrastive._check_tensor import check_tensor
from keras_contrastive._checked import checked
from keras_contrastive.contrasts._in_batch import check_pair
from keras_contrastive.losses import MIOLoss
from keras_contrastive.metrics._checked_rows import checked_rows
from keras_contrastive.metrics._pair_weights import pair_weights
from keras_contrastive.metrics._unit import float64, unit


@checked
def mio_embedding_gradients(
    loss: MIOLoss, u1: Any, u2: Any
) -> list[np.ndarray]:
    """Derivative of the mean loss by the projections.

    With `C` the pair weights and `z = u / |u|` it is `(I - z z^T) C z / |u|`:
    orthogonal to the projection, and the smaller the longer that is.

    Args:
        loss: `keras_contrastive.losses.MIOLoss`.
        u1: Projections `(N, D)` of the first view, not normalized.
        u2: The same of the second view.

    Returns:
        Pair of float64 arrays `(N, D)`.

    Example:

    >>> g1, g2 = mio_embedding_gradients(loss, projections_1, projections_2)

    Reference: our derivation from the released loss of Manna et al., 2021,
        https://arxiv.org/abs/2111.12664v1.
    """
    u1, u2 = checked_rows(u1, "u1"), checked_rows(u2, "u2")
    check_pair(u1, u2, "`u1` and `u2`")
    u = np.concatenate([u1, u2])
    check_directions(u, "`u1` and `u2`")
    z, length = unit(u), np.linalg.norm(u, axis=1, keepdims=True)
    pull = pair_weights(loss, u1, u2) @ z
    tangent = pull - z * np.sum(z * pull, axis=1, keepdims=True)
    return np.split(tangent / length, 2)


@checked
def mio_projector_gradient(
    loss: MIOLoss, x1: Any, x2: Any, kernel: Any
) -> np.ndarray:
    """Derivative of the mean loss by the kernel of the last linear layer.

    Args:
        loss: `keras_contrastive.losses.MIOLoss`.
        x1: Inputs of that layer, `(N, hidden)`, for the first view.
        x2: The same for the second view.
        kernel: Its kernel as in Keras, `(hidden, D)`: projections are
            `x @ kernel`, without bias and batch normalization.

    Returns:
        float64 array `(hidden, D)`.

    Example:

    >>> gradient = mio_projector_gradient(loss, x1, x2, dense.kernel)

    Reference: as `mio_embedding_gradients`.
    """
    x, u = projected(x1, x2, kernel)
    return x.T @ np.concatenate(mio_embedding_gradients(loss, *np.split(u, 2)))


@checked
def mio_displacements(
    loss: MIOLoss, x1: Any, x2: Any, kernel: Any, learning_rate: float
) -> list[np.ndarray]:
    """How one step of gradient descent on the last layer moves projections.

    The projection of `b` moves by `-rate` times the sum over all `a` of
    `(x_a . x_b) g_a`: along the gradients of all others, each as far as the
    inputs are alike.

    Args:
        loss: As for `mio_projector_gradient`.
        x1: Likewise.
        x2: Likewise.
        kernel: Likewise.
        learning_rate: Float.

    Returns:
        Pair of float64 arrays `(N, D)`, what is added to the projections of
        each view.

    Example:

    >>> moved_1, moved_2 = mio_displacements(loss, x1, x2, kernel, 0.1)

    Reference: as `mio_embedding_gradients`.
    """
    x, u = projected(x1, x2, kernel)
    gradients = np.concatenate(mio_embedding_gradients(loss, *np.split(u, 2)))
    return np.split(-learning_rate * (x @ x.T) @ gradients, 2)


def projected(x1: Any, x2: Any, kernel: Any) -> tuple[np.ndarray, np.ndarray]:
    """Inputs of both views, one below the other, and their projections."""
    x1, x2 = checked_rows(x1, "x1"), checked_rows(x2, "x2")
    check_pair(x1, x2, "`x1` and `x2`")
    x = np.concatenate([x1, x2])
    check_tensor("kernel", kernel, 2)
    kernel = float64(kernel)
    if len(kernel) != x.shape[1]:
        raise ValueError(
            "`kernel` must have a row for each column of `x1` and `x2`. "
            f"Received: shape {kernel.shape} for {x.shape[1]} columns"
        )
    u = x @ kernel
    check_directions(u, "The products of `x1` and `x2` with `kernel`")
    return x, u


def check_directions(u: np.ndarray, names: str) -> None:
    zeros = np.sum(np.linalg.norm(u, axis=1) == 0)
    if zeros:
        raise ValueError(
            f"{names} must have no row of zeros, which has no direction. "
            f"Received: {zeros} of them"
        )

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_contrastive._checked import checked
from keras_contrastive.contrasts import Contrast
from keras_contrastive.losses import ContrastLoss
from keras_contrastive.metrics._checked_rows import checked_rows


@checked
def pair_weights(loss: ContrastLoss, z1: Any, z2: Any) -> np.ndarray:
    """How hard a loss pulls or pushes each pair: its derivative by the cosine.

    For MIO each weight is a function of the pair's own cosine, bounded by
    1 / temperature over the number of pairs:

        positive  -sigmoid(-s / positive_temperature)
                  / (N positive_temperature) - 2 regularizer_weight / (N D)
        negative  sigmoid(s / negative_temperature)
                  / (2 N (N - 1) negative_temperature)

    For NT-Xent the weights of an anchor's pairs are a softmax, and sum to 0.

    Args:
        loss: `NTXent`, `DCL` or `MIOLoss`, or another `ContrastLoss` that
            compares all pairs of both views.
        z1: Projections `(N, D)` of the first view, of any length.
        z2: The same of the second view.

    Returns:
        float64 matrix `(2 N, 2 N)`, symmetric with a zero diagonal, rows and
        columns first of view 1, then of view 2: the derivative of the mean
        loss by the cosine of each pair. Below 0 it pulls, above 0 it pushes.
        On JAX it is computed in float32.

    Raises:
        ValueError: For another loss, or projections that are not two equal,
            finite matrices of at least 2 rows.

    Example:

    >>> weights = pair_weights(keras_contrastive.losses.MIOLoss(), z1, z2)

    Reference: our derivation, from the losses as released.
    """
    z1, z2 = checked_rows(z1, "z1"), checked_rows(z2, "z2")
    if z1.shape != z2.shape:
        raise ValueError(
            "`z1` and `z2` must have the same shape. "
            f"Received: shapes {z1.shape} and {z2.shape}"
        )
    on_jax = keras.backend.backend() == "jax"
    pair = [
        ops.convert_to_tensor(z, "float32" if on_jax else "float64")
        for z in (z1, z2)
    ]
    contrasts = loss.contrasts(*pair) if isinstance(loss, ContrastLoss) else []
    if len(contrasts) != 2 or not all(c.left_out for c in contrasts):
        raise ValueError(
            "`loss` must compare all pairs of both views, as `NTXent`, `DCL` "
            f"and `MIOLoss` do. Received: {type(loss).__name__}"
        )
    first, second = (of_queries(c, loss) for c in contrasts)
    # Candidates are the other view, then the queries' own.
    one_way = np.concatenate([np.roll(first, len(z1), axis=1), second])
    one_way /= 2 * len(z1)
    # The cosine of a pair stands in the rows of both.
    return one_way + one_way.T


def of_queries(contrast: Contrast, loss: ContrastLoss) -> np.ndarray:
    """Derivative of each query's loss by its similarities."""
    positives, negatives = contrast.scores()
    pull, push = (
        ops.convert_to_numpy(slope).astype("float64")
        for slope in loss.pair_loss.slopes(contrast, positives, negatives)
    )
    count, units = contrast.queries.shape
    weights = np.zeros((count, 2 * count))
    own, itself = np.arange(count), count + np.arange(count)
    others = np.ones(weights.shape, bool)
    others[own, own] = others[own, itself] = False
    weights[others] = push.reshape(-1)
    # The regularizer of MIO is a function of the positive cosine too.
    regularizer = getattr(loss, "regularizer_weight", 0.0)
    weights[own, own] = -pull - 2 * regularizer / units
    return weights

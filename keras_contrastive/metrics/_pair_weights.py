import numpy as np

from keras_contrastive.losses import MIO, NTXent
from keras_contrastive.metrics._checked_rows import checked_rows


def pair_weights(loss, z1, z2):
    """How hard a loss pulls or pushes each pair: its derivative by the cosine.

    For MIO each weight is a function of the pair's own cosine, bounded by
    1 / temperature over the number of pairs:

        positive  -sigmoid(-s / positive_temperature)
                  / (N positive_temperature) - 2 regularizer_weight / (N D)
        negative  sigmoid(s / negative_temperature)
                  / (2 N (N - 1) negative_temperature)

    For NT-Xent the weights of an anchor's pairs are a softmax, and sum to 0.

    Args:
        loss: `MIO`, in its released form, or `NTXent`.
        z1: Projections `(N, D)` of the first view, of any length.
        z2: The same of the second view.

    Returns:
        float64 matrix `(2 N, 2 N)`, symmetric with a zero diagonal, rows and
        columns first of view 1, then of view 2: the derivative of the mean
        loss by the cosine of each pair. Below 0 it pulls, above 0 it pushes.

    Raises:
        ValueError: For another loss, or MIO's variants, or projections that
            are not two equal, finite matrices of at least 2 rows.

    Example:

    >>> weights = pair_weights(keras_contrastive.losses.MIO(), z1, z2)

    Reference: our derivation, from the losses as released.
    """
    z1, z2 = checked_rows(z1, "z1"), checked_rows(z2, "z2")
    if z1.shape != z2.shape:
        raise ValueError(
            "`z1` and `z2` must have the same shape. "
            f"Received: shapes {z1.shape} and {z2.shape}"
        )
    z = unit(np.concatenate([z1, z2]))
    count = len(z1)
    cosines = z @ z.T
    pair = np.roll(np.eye(2 * count), count, axis=1)
    others = 1 - np.eye(2 * count) - pair
    if isinstance(loss, MIO) and loss.balance and loss.positive_repulsion:
        positive = -sigmoid(-cosines / loss.positive_temperature)
        positive /= count * loss.positive_temperature
        positive -= 2 * loss.regularizer_weight / (count * z.shape[1])
        negative = sigmoid(cosines / loss.negative_temperature)
        negative /= 2 * count * (count - 1) * loss.negative_temperature
        return pair * positive + others * negative
    if isinstance(loss, NTXent):
        logits = cosines / loss.temperature - 1e9 * np.eye(2 * count)
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        one_way = (shares - pair) / (2 * count * loss.temperature)
        # The cosine of a pair stands in the rows of both.
        return one_way + one_way.T
    raise ValueError(
        "`loss` must be `NTXent` or `MIO` as released (balance=True, "
        f"positive_repulsion=True). Received: {type(loss).__name__}"
    )


def unit(z):
    z = np.asarray(z, "float64")
    return z / np.maximum(np.linalg.norm(z, axis=1, keepdims=True), 1e-12)


def sigmoid(x):
    return 0.5 * (1 + np.tanh(x / 2))

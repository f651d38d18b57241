from collections.abc import Iterable
from typing import Any

import keras
import numpy as np

from keras_contrastive._checked import checked
from keras_contrastive._keras_internals import layers_of
from keras_contrastive.layers import MomentumBranch
from keras_contrastive.metrics._unit import float64


@checked
def momentum_drift(model: keras.Model) -> float | None:
    """How far a momentum branch has fallen behind the weights it follows.

    The distance of the trainable weights of the branch from those it follows,
    relative to the length of the latter. It is 0 where the branch has just
    copied them and steady in training; where it keeps growing, the branch
    stands still. It has no meaning before the first step of training, in which
    the branch copies for the first time.

    Args:
        model: `keras_contrastive.ContrastiveModel`, or another model that has
            been built.

    Returns:
        Float from 0, the largest of several branches; None for a model
        without a `keras_contrastive.layers.MomentumBranch`.

    Raises:
        ValueError: If the layers that a branch follows, of the same names as
            its own, are not in the model.

    Example:

    >>> model = keras_contrastive.BYOL(encoder, views)
    >>> model.compile("sgd")
    >>> model.fit(train)
    >>> momentum_drift(model)

    Reference: He et al., 2019, https://arxiv.org/abs/1911.05722, equation 2.
    """
    drifts = [
        relative_distance(pairs) for pairs in followed_weights(model).values()
    ]
    return max(drifts, default=None)


def followed_weights(model: keras.Model) -> dict[Any, list[Any]]:
    """Pairs of own and followed weights of each momentum branch."""
    layers = layers_of(model)
    branches = [x for x in layers if isinstance(x, MomentumBranch)]
    own = {id(part) for x in branches for part in layers_of(x)}
    online = {x.name: x for x in layers if id(x) not in own}
    return {branch: pairs_of(branch, online) for branch in branches}


def pairs_of(
    branch: MomentumBranch, online: dict[str, Any]
) -> list[tuple[Any, Any]]:
    missing = [x.name for x in branch.branch if x.name not in online]
    if missing:
        raise ValueError(
            "`model` must hold the layers that its momentum branches follow, "
            f"under their names. Received: a model without {missing}"
        )
    return [
        (own, followed)
        for layer in branch.branch
        for own, followed in zip(
            layer.weights, online[layer.name].weights, strict=True
        )
        if followed.trainable
    ]


def relative_distance(pairs: Iterable[tuple[Any, Any]]) -> float:
    distance = length = 0.0
    for own, followed in pairs:
        own, followed = map(float64, (own, followed))
        distance += ((own - followed) ** 2).sum()
        length += (followed**2).sum()
    return float(np.sqrt(distance / max(length, 1e-24)))

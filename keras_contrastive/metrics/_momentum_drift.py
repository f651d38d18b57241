import numpy as np
from keras import ops

from keras_contrastive._keras_internals import layers_of
from keras_contrastive.layers import MomentumBranch


def momentum_drift(model):
    """How far a momentum branch has fallen behind the weights it follows.

    The distance of the trainable weights of the branch from those it follows,
    relative to the length of the latter. 0 where it has just copied them, and
    steady in training; where it grows and grows, the branch stands still.
    Before the first step of training, in which the branch copies for the
    first time, it says nothing.

    Args:
        model: `keras_contrastive.ContrastiveModel`, or another model that has
            been built.

    Returns:
        Float from 0, the largest of several branches; None for a model
        without a `keras_contrastive.layers.MomentumBranch`.

    Raises:
        ValueError: If the layers that a branch follows, which have the names
            of its own, are not in the model.

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


def followed_weights(model):
    """Momentum branches of a model to their pairs of own, followed weights."""
    layers = list(layers_of(model))
    branches = [x for x in layers if isinstance(x, MomentumBranch)]
    own = {id(part) for x in branches for part in layers_of(x)}
    online = {x.name: x for x in layers if id(x) not in own}
    return {branch: pairs_of(branch, online) for branch in branches}


def pairs_of(branch, online):
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


def relative_distance(pairs):
    distance = length = 0.0
    for own, followed in pairs:
        own, followed = map(float64, (own, followed))
        distance += ((own - followed) ** 2).sum()
        length += (followed**2).sum()
    return float(np.sqrt(distance / max(length, 1e-24)))


def float64(weight):
    return np.asarray(ops.convert_to_numpy(weight), "float64")

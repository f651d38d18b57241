import contextlib
import dataclasses

import keras
import numpy as np
from keras import ops

from keras_contrastive.metrics._unit import float64
from keras_contrastive.training import ContrastiveModel
from keras_contrastive.training._views import Views


@dataclasses.dataclass(frozen=True)
class ProbeOutputs:
    """What a model says of a few images, in inference mode.

    Args:
        features: float64 array `(images, width)`, of the first view.
        projections: List of float64 arrays `(images, units)`, one for each
            query that the method compares; empty for a method without.
        scores: `contrasts.Scores` of the images, or None.
    """

    features: np.ndarray
    projections: list
    scores: object = None


def probe_outputs(model: ContrastiveModel, made: Views) -> ProbeOutputs:
    """Embeds fixed views of a few images without moving any state.

    Args:
        model: Method.
        made: What its `make_views` made.

    Returns:
        `ProbeOutputs`.
    """
    index = None
    if model.needs_index:
        index = ops.arange(len(made.views[0]), dtype="int32")
    with without_gradients():
        every = model.all_features(made, training=False)
        outputs = model.all_outputs(made, every, index, training=False)
        scores = model.scores(outputs)
    features = every[1][0]
    axes = tuple(range(1, len(features.shape) - 1))
    return ProbeOutputs(
        float64(ops.mean(features, axis=axes) if axes else features),
        [float64(z) for z in outputs.get("projections", [])],
        scores,
    )


def without_gradients():
    """On torch, keeps what is computed from being remembered for them."""
    if keras.backend.backend() != "torch":
        return contextlib.nullcontext()
    import torch

    return torch.no_grad()

import contextlib
import dataclasses

import keras
import numpy as np
from keras import ops

# Where methods show what their loss compares, the first that there is.
COMPARED = ("projections", "queries", "predictions")


@dataclasses.dataclass(frozen=True)
class ProbeOutputs:
    """What a model says of a few images, in inference mode.

    Args:
        features: float64 array `(images, width)`, of the first view.
        projections: List of float64 arrays `(images, units)`, one a view that
            the method compares; empty for a method without.
        scores: `losses.Scores` of the images, or None.
    """

    features: np.ndarray
    projections: list
    scores: object = None


def probe_outputs(model, views):
    """Embeds fixed views of a few images without moving any state.

    Args:
        model: `ContrastiveModel`; of a module around a method, the method
            counts.
        views: What its `make_views` made.

    Returns:
        `ProbeOutputs`.
    """
    method = getattr(model, "method", model)
    extra = {}
    if method.needs_index:
        extra["index"] = ops.arange(len(views[0]), dtype="int32")
    with without_gradients():
        outputs = method.embed(views, training=False, **extra)
        features = features_of(method, views, outputs)
        projections = projections_of(method, outputs, features)
        scores = method.scores(outputs)
    return ProbeOutputs(
        float64(features), [float64(z) for z in projections], scores
    )


def features_of(method, views, outputs):
    if "features" in outputs:
        return outputs["features"][0]
    if len(views[0].shape) == 4:
        return method.encode(views[:1])[0]
    parts = method.encode_parts(views[0])
    return ops.mean(parts, axis=tuple(range(1, len(parts.shape) - 1)))


def projections_of(method, outputs, features):
    for name in COMPARED:
        found = keras.tree.flatten(outputs.get(name, []))
        if found and len(found[0].shape) == 2:
            return found
    projector = getattr(method, "projector", None)
    return [projector(features)] if projector else []


def float64(tensor):
    return np.asarray(ops.convert_to_numpy(tensor), "float64")


def without_gradients():
    """On torch, keeps what is computed from being remembered for them."""
    if keras.backend.backend() != "torch":
        return contextlib.nullcontext()
    import torch

    return torch.no_grad()

import zlib

import keras
import numpy as np
from keras import ops

from keras_contrastive._processes import alone
from keras_contrastive.callbacks._probe_outputs import probe_outputs
from keras_contrastive.metrics import (
    alignment,
    dead_dimensions,
    effective_rank,
    feature_spread,
    uniformity,
)
from keras_contrastive.metrics._momentum_drift import (
    followed_weights,
    relative_distance,
)
from keras_contrastive.training._check_data import check_batch


class CollapseDiagnostics:
    """What `CollapseGuard` judges by, of the same views at every call.

    Args:
        model: `ContrastiveModel`.
        images: As for `CollapseGuard`.

    Call arguments:
        model: The model, its weights up to date.

    Returns:
        Dictionary of floats.

    Raises:
        ValueError: For fewer than 2 images, more than the method remembers,
            or images that `fit` would refuse.
    """

    def __init__(self, model, images):
        counts = {len(part) for part in keras.tree.flatten(images)}
        limit = getattr(model, "num_images", None) or np.inf
        if len(counts) != 1 or not 2 <= min(counts) <= limit:
            raise ValueError(
                "`images` must be at least 2, at most as many as the method "
                "remembers, and as many in every view. Received: "
                f"{sorted(counts)} images, num_images={limit}"
            )
        index = np.arange(min(counts))
        check_batch(model, {"images": images, "index": index})
        self.images, self.checksum = images, None

    def __call__(self, model):
        with alone(model):
            # At every call: a generator of views learns, too.
            images = keras.tree.map_structure(
                ops.convert_to_tensor, self.images
            )
            views = model.make_views(images, training=False)
            outputs = probe_outputs(model, views)
        compared = outputs.projections or [outputs.features]
        return {
            "feature_spread": feature_spread(outputs.features),
            "effective_rank": effective_rank(outputs.features),
            "dead_dimensions": dead_dimensions(outputs.features),
            "projection_spread": feature_spread(compared[0]),
            "projection_rank": effective_rank(compared[0], centered=True),
            "uniformity": uniformity(compared[0]),
            **of_pairs(compared),
            **of_scores(outputs.scores),
            **self.of_branches(model),
        }

    def of_branches(self, model):
        """The drift, and once more if no branch has moved since last time."""
        branches = followed_weights(model).values()
        if not branches:
            return {}
        drift = max(map(relative_distance, branches))
        before, self.checksum = self.checksum, checksum(branches)
        stands = before == self.checksum
        return {
            "momentum_drift": drift,
            "standing_drift": drift if stands else 0.0,
        }


def of_pairs(projections):
    if len(projections) < 2:
        return {}
    return {"alignment": alignment(*projections[:2])}


def of_scores(scores):
    if scores is None or scores.push is None:
        return {}
    # The push of a query with no hard negative counts as little as it is.
    push = np.asarray(ops.convert_to_numpy(scores.push), "float64")
    share = push.max(axis=1).sum() / max(push.sum(), 1e-30)
    return {"hardest_repulsion": float(share)}


def checksum(branches):
    total = 0
    for pairs in branches:
        for own, _ in pairs:
            total = zlib.crc32(ops.convert_to_numpy(own).tobytes(), total)
    return total

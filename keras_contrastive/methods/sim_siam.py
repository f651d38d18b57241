from typing import Any

import keras
from keras import ops

from keras_contrastive._export import export
from keras_contrastive.contrasts import pairs
from keras_contrastive.layers import ProjectionHead
from keras_contrastive.losses import COSINE
from keras_contrastive.methods._predictive import Predictive


@export
class SimSiam(Predictive):
    """Simple Siamese networks: no negatives, no momentum.

    From the projection of one view a predictor is to guess that of the other,
    behind a stop-gradient; without that, or without the predictor, all images
    would fall on one point.

    Args:
        encoder: `keras.Model`, images to features `(batch, features)`.
        views: Layer that makes the two views, or None for ready ones.
        projector: Layer, features to projections. Defaults to the paper's,
            three layers of 2048.
        predictor: Layer, projections to projections. Defaults to the paper's,
            through 512 units, by the name `"predictor"`; give one of the
            projector's width with a projector of your own.
        **kwargs: `modules`, `feature_transform`, `term_weights`: see
            `keras_contrastive.ContrastiveModel`. A transform with one number
            for all dimensions and without `normalize` does no more than scale
            the loss at random.

    The authors can keep the predictor's learning rate from falling, by
    `--fix-pred-lr`: `keras_contrastive.optimizers.SGD(schedule,
    rates={"predictor": rate})` does, for a predictor of that name.

    Outputs: `features`, `projections`, `predictions` and `targets`, which are
        the projections without gradient, each a list with one tensor
        `(batch, width)` for each of the two views. The loss is in -1..1; -1
        is also that of the collapse.

    Example:

    >>> model = keras_contrastive.SimSiam(
    ...     encoder, keras_contrastive.views.simsiam(image_size=224)
    ... )

    Reference: Chen and He, 2020, https://arxiv.org/abs/2011.10566, equation
        4.
    """

    objective_names = ("negative_cosine",)
    # Half of each direction.
    pair_loss, sums_contrasts = COSINE.scaled(0.5), True

    def __init__(
        self,
        encoder: keras.Model,
        views: keras.layers.Layer | None = None,
        projector: keras.layers.Layer | None = None,
        predictor: keras.layers.Layer | None = None,
        **kwargs: Any,
    ) -> None:
        projector = projector or ProjectionHead(
            2048, num_layers=3, hidden_units=2048, ending="standardize"
        )
        predictor = predictor or ProjectionHead(
            2048, hidden_units=512, ending="bias", name="predictor"
        )
        super().__init__(encoder, views, projector, predictor, **kwargs)

    def embed(self, views, features, training=False):
        outputs = super().embed(views, features, training)
        targets = map(ops.stop_gradient, outputs["projections"])
        return {**outputs, "targets": list(targets)}

    def contrasts(self, outputs):
        (p1, p2), (t1, t2) = outputs["predictions"], outputs["targets"]
        return {"negative_cosine": [pairs(p1, t2), pairs(p2, t1)]}

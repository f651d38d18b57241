from typing import Any

import keras

from keras_contrastive._export import export
from keras_contrastive.contrasts import pairs
from keras_contrastive.layers import MomentumBranch, ProjectionHead
from keras_contrastive.losses import REGRESSION
from keras_contrastive.methods._predictive import Predictive


@export
class BYOL(Predictive):
    """Bootstrap your own latent: predict a slow copy of yourself.

    No negatives: from the projection of one view a predictor guesses the
    projection that a momentum branch gives to the other. The branch begins as
    a copy; the authors' begins with random weights of its own.

    Args:
        encoder: `keras.Model`, images to features `(batch, features)`.
        views: Layer that makes the two views, or None for ready ones.
        projector: Layer, features to projections. Defaults to the paper's,
            through 4096 units to 256.
        predictor: Layer, projections to projections. Defaults to the same;
            give one of the projector's width with a projector of your own.
        momentum: Float in [0, 1], share of the branch kept at each step, or a
            schedule. The paper raises it to 1 over the training,
            `keras_contrastive.schedules.cosine_momentum(0.996, ...)`.
            Defaults to 0.996.
        **kwargs: `modules`, `feature_transform`, `term_weights`: see
            `keras_contrastive.ContrastiveModel`. A transform with one number
            for all dimensions and without `normalize` does no more than scale
            the loss at random.

    Outputs: `features`, `projections`, `predictions` and `targets`, each a
        list with one tensor `(batch, width)` for each of the two views. The
        loss is the sum of both directions, in 0..8.

    Example:

    >>> model = keras_contrastive.BYOL(
    ...     encoder, keras_contrastive.views.byol(image_size=224)
    ... )

    Reference: Grill et al., 2020, https://arxiv.org/abs/2006.07733.
    """

    objective_names = ("regression",)
    pair_loss, sums_contrasts = REGRESSION, True

    def __init__(
        self,
        encoder: keras.Model,
        views: keras.layers.Layer | None = None,
        projector: keras.layers.Layer | None = None,
        predictor: keras.layers.Layer | None = None,
        *,
        momentum: Any = 0.996,
        **kwargs: Any,
    ) -> None:
        projector = projector or ProjectionHead(
            256, hidden_units=4096, ending="none"
        )
        predictor = predictor or ProjectionHead(
            256, hidden_units=4096, ending="none"
        )
        super().__init__(encoder, views, projector, predictor, **kwargs)
        self.target = MomentumBranch([encoder, projector], momentum)
        self.momentum = momentum

    def follow(self):
        self.target.follow([self.encoder, self.projector])

    def embed(self, views, features, training=False):
        return {
            **super().embed(views, features, training),
            "targets": [self.target(v, training=training) for v in views],
        }

    def contrasts(self, outputs):
        (p1, p2), (t1, t2) = outputs["predictions"], outputs["targets"]
        return {"regression": [pairs(p1, t2), pairs(p2, t1)]}

from typing import Any

import keras

from keras_contrastive._check_temperature import check_temperature
from keras_contrastive._export import export
from keras_contrastive.contrasts import in_batch
from keras_contrastive.layers import MomentumBranch, ProjectionHead
from keras_contrastive.losses import SOFTMAX
from keras_contrastive.methods._predictive import Predictive


@export
class MoCoV3(Predictive):
    """MoCo without a queue: large batches, a predictor, a momentum branch.

    Each prediction is to pick, among the keys of the global batch, the key
    that the momentum branch gives to the other view. The loss is multiplied
    by twice the temperature, so that its gradient does not depend on it.

    Args:
        encoder: `keras.Model`, images to features `(batch, features)`.
        views: Layer that makes the two views, or None for ready ones.
        projector: Layer, features to projections. Defaults to the authors'
            for a ResNet, through 4096 units to 256.
        predictor: Layer, projections to projections. Defaults to the same
            without batch norm at the end; give one of the projector's width
            with a projector of your own.
        momentum: Float in [0, 1], share of the branch kept at each step, or a
            schedule. The authors raise it to 1 over the training,
            `keras_contrastive.schedules.cosine_momentum(0.99, ...)`.
            Defaults to 0.99.
        temperature: Positive float. Defaults to 1, the authors' for a ResNet;
            0.2 for a ViT.
        **kwargs: `modules`, `feature_transform`, `term_weights`: see
            `keras_contrastive.ContrastiveModel`.

    Outputs: `features`, `projections`, `predictions` and `keys`, each a list
        with one tensor `(batch, width)` for each of the two views. The loss is
        the sum of both directions.

    Example:

    >>> model = keras_contrastive.MoCoV3(
    ...     encoder, keras_contrastive.views.byol(image_size=224)
    ... )

    Reference: Chen et al., 2021, https://arxiv.org/abs/2104.02057, algorithm
        1.
    """

    objective_names = ("info_nce",)
    pair_loss, sums_contrasts = SOFTMAX, True

    def __init__(
        self,
        encoder: keras.Model,
        views: keras.layers.Layer | None = None,
        projector: keras.layers.Layer | None = None,
        predictor: keras.layers.Layer | None = None,
        *,
        momentum: Any = 0.99,
        temperature: float = 1.0,
        **kwargs: Any,
    ) -> None:
        projector = projector or ProjectionHead(
            256, hidden_units=4096, ending="standardize"
        )
        predictor = predictor or ProjectionHead(
            256, hidden_units=4096, ending="none"
        )
        super().__init__(encoder, views, projector, predictor, **kwargs)
        self.target = MomentumBranch([encoder, projector], momentum)
        self.momentum = momentum
        self.temperature = check_temperature(temperature)
        self.pair_loss = SOFTMAX.scaled(2 * temperature)

    def follow(self):
        self.target.follow([self.encoder, self.projector])

    def embed(self, views, features, training=False):
        return {
            **super().embed(views, features, training),
            "keys": [self.target(v, training=training) for v in views],
        }

    def contrasts(self, outputs):
        (q1, q2), (k1, k2) = outputs["predictions"], outputs["keys"]
        forth = in_batch(q1, k2, temperature=self.temperature)
        back = in_batch(q2, k1, temperature=self.temperature)
        return {"info_nce": [forth, back]}

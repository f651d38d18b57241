import dataclasses

from keras.saving import serialize_keras_object as serialize

from keras_contrastive._export import export
from keras_contrastive.layers import MomentumBranch, ProjectionHead
from keras_contrastive.losses import InfoNCE
from keras_contrastive.losses._scores import join
from keras_contrastive.methods._predictive import Predictive
from keras_contrastive.training._method_card import MethodCard


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

    card = MethodCard(
        paper="Chen et al., 2021",
        url="https://arxiv.org/abs/2104.02057",
        idea="Predictions pick their key of a momentum branch among the keys "
        "of the batch.",
        negatives="batch",
        loss="InfoNCE",
        views="byol",
        momentum=True,
        heads="projector, predictor",
    )
    objective_names = ("info_nce",)

    def __init__(
        self,
        encoder,
        views=None,
        projector=None,
        predictor=None,
        *,
        momentum=0.99,
        temperature=1.0,
        **kwargs,
    ):
        projector = projector or ProjectionHead(
            256, hidden_units=4096, ending="standardize"
        )
        predictor = predictor or ProjectionHead(
            256, hidden_units=4096, ending="none"
        )
        super().__init__(encoder, views, projector, predictor, **kwargs)
        self.target = MomentumBranch([encoder, self.projector], momentum)
        self.info_nce = InfoNCE(temperature, reduction=None)

    def embed(self, views, training=False):
        if training:
            self.target.follow([self.encoder, self.projector])
        outputs = super().embed(views, training)
        return {
            **outputs,
            "keys": [self.target(v, training=training) for v in views],
        }

    def objectives(self, outputs):
        (q1, q2), (k1, k2) = outputs["predictions"], outputs["keys"]
        total = self.info_nce(k2, q1) + self.info_nce(k1, q2)
        return {"info_nce": 2 * self.info_nce.temperature * total}

    def scores(self, outputs):
        (q1, q2), (k1, k2) = outputs["predictions"], outputs["keys"]
        both = join(
            [self.info_nce.scores(k2, q1), self.info_nce.scores(k1, q2)]
        )
        scale = 2 * self.info_nce.temperature
        return dataclasses.replace(
            both, pull=scale * both.pull, push=scale * both.push
        )

    def get_config(self):
        return {
            **super().get_config(),
            "momentum": serialize(self.target.momentum),
            "temperature": self.info_nce.temperature,
        }

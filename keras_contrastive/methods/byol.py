import dataclasses

from keras.saving import serialize_keras_object as serialize

from keras_contrastive._export import export
from keras_contrastive.layers import MomentumBranch, ProjectionHead
from keras_contrastive.losses import CosineRegression
from keras_contrastive.losses._scores import join
from keras_contrastive.methods._predictive import Predictive
from keras_contrastive.training._feature_transform import (
    FeatureTransform,
    move_predictions,
    raw_positives,
)
from keras_contrastive.training._method_card import MethodCard


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
        feature_transform: `layers.PositiveExtrapolation`, or None. Our
            extension of a method for queues, of predictions and targets. With
            one number for all dimensions and without `normalize` it does no
            more than scale the loss at random.

    Outputs: `features`, `projections`, `predictions` and `targets`, each a
        list with one tensor `(batch, width)` for each of the two views. With
        a transform, predictions and targets are normalised and then
        transformed, and there is `cosines`, a list of `(batch,)` before that.
        The loss is the sum of both directions, in 0..8 without a transform.

    Example:

    >>> model = keras_contrastive.BYOL(
    ...     encoder, keras_contrastive.views.byol(image_size=224)
    ... )

    Reference: Grill et al., 2020, https://arxiv.org/abs/2006.07733.
    """

    card = MethodCard(
        paper="Grill et al., 2020",
        url="https://arxiv.org/abs/2006.07733",
        idea="A predictor guesses what a slow copy of the model says of the "
        "other view.",
        negatives="none",
        loss="CosineRegression",
        views="byol",
        momentum=True,
        heads="projector, predictor",
    )
    objective_names = ("regression",)

    def __init__(
        self,
        encoder,
        views=None,
        projector=None,
        predictor=None,
        *,
        momentum=0.996,
        feature_transform=None,
        **kwargs,
    ):
        projector = projector or ProjectionHead(
            256, hidden_units=4096, ending="none"
        )
        predictor = predictor or ProjectionHead(
            256, hidden_units=4096, ending="none"
        )
        super().__init__(encoder, views, projector, predictor, **kwargs)
        self.target = MomentumBranch([encoder, self.projector], momentum)
        self.feature_transform = FeatureTransform(feature_transform, False)
        self.regression = CosineRegression(
            normalize=not self.feature_transform.is_given, reduction=None
        )

    def embed(self, views, training=False):
        if training:
            self.target.follow([self.encoder, self.projector])
        outputs = super().embed(views, training)
        outputs["targets"] = [self.target(v, training=training) for v in views]
        return move_predictions(self.feature_transform, outputs, training)

    def objectives(self, outputs):
        (p1, p2), (t1, t2) = outputs["predictions"], outputs["targets"]
        return {"regression": self.regression(t2, p1) + self.regression(t1, p2)}

    def scores(self, outputs):
        (p1, p2), (t1, t2) = outputs["predictions"], outputs["targets"]
        both = join(
            [self.regression.scores(t2, p1), self.regression.scores(t1, p2)]
        )
        return dataclasses.replace(both, raw_positives=raw_positives(outputs))

    def get_config(self):
        return {
            **super().get_config(),
            "momentum": serialize(self.target.momentum),
            "feature_transform": self.feature_transform.config(),
        }

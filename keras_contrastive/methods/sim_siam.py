import dataclasses

from keras import ops

from keras_contrastive._export import export
from keras_contrastive.layers import ProjectionHead
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
            through 512 units; give one of the projector's width with a
            projector of your own.
        feature_transform: `layers.PositiveExtrapolation`, or None. Our
            extension of a method for queues, of predictions and targets. With
            one number for all dimensions and without `normalize` it does no
            more than scale the loss at random.

    Outputs: `features`, `projections`, `predictions` and `targets`, which are
        the projections without gradient, each a list with one tensor
        `(batch, width)` for each of the two views. The loss is in -1..1
        without a transform; -1 is also that of the collapse.

    Example:

    >>> model = keras_contrastive.SimSiam(
    ...     encoder, keras_contrastive.views.simsiam(image_size=224)
    ... )

    Reference: Chen and He, 2020, https://arxiv.org/abs/2011.10566, equation
        4.
    """

    card = MethodCard(
        paper="Chen and He, 2020",
        url="https://arxiv.org/abs/2011.10566",
        idea="A predictor guesses the projection of the other view, behind a "
        "stop-gradient.",
        negatives="none",
        loss="CosineRegression",
        views="simsiam",
        heads="projector, predictor",
    )
    objective_names = ("negative_cosine",)

    def __init__(
        self,
        encoder,
        views=None,
        projector=None,
        predictor=None,
        *,
        feature_transform=None,
        **kwargs,
    ):
        projector = projector or ProjectionHead(
            2048, num_layers=3, hidden_units=2048, ending="standardize"
        )
        predictor = predictor or ProjectionHead(
            2048, hidden_units=512, ending="bias"
        )
        super().__init__(encoder, views, projector, predictor, **kwargs)
        self.feature_transform = FeatureTransform(feature_transform, False)
        self.regression = CosineRegression(
            normalize=not self.feature_transform.is_given, reduction=None
        )

    def embed(self, views, training=False):
        outputs = super().embed(views, training)
        outputs["targets"] = [
            ops.stop_gradient(z) for z in outputs["projections"]
        ]
        return move_predictions(self.feature_transform, outputs, training)

    def objectives(self, outputs):
        (p1, p2), (t1, t2) = outputs["predictions"], outputs["targets"]
        # The regression of a direction is 2 - 2 cosine.
        total = self.regression(t2, p1) + self.regression(t1, p2)
        return {"negative_cosine": total / 4 - 1}

    def scores(self, outputs):
        (p1, p2), (t1, t2) = outputs["predictions"], outputs["targets"]
        both = join(
            [self.regression.scores(t2, p1), self.regression.scores(t1, p2)]
        )
        return dataclasses.replace(
            both, pull=both.pull / 4, raw_positives=raw_positives(outputs)
        )

    def get_config(self):
        return {
            **super().get_config(),
            "feature_transform": self.feature_transform.config(),
        }

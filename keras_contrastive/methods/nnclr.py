from keras import ops

from keras_contrastive._export import export
from keras_contrastive.layers import FeatureQueue, ProjectionHead
from keras_contrastive.losses import InfoNCE
from keras_contrastive.losses._scores import join
from keras_contrastive.methods._predictive import Predictive
from keras_contrastive.ops import l2_normalize
from keras_contrastive.training._method_card import MethodCard


@export
class NNCLR(Predictive):
    """Nearest-neighbour contrastive learning.

    The positive of a view is not its image's other view but that view's
    nearest neighbour among the projections of earlier steps: another image,
    mostly of the same kind. Negatives are the predictions of the other images
    of the batch.

    Args:
        encoder: `keras.Model`, images to features `(batch, features)`.
        views: Layer that makes the two views, or None for ready ones.
        projector: Layer, features to projections. Defaults to the paper's,
            three layers with batch norm, hidden 2048, 256 out.
        predictor: Layer, projections to projections. Defaults to the paper's,
            through 4096 units to 256; give one of the projector's width with
            a projector of your own.
        queue_size: Integer, projections of the first view that are kept.
            Defaults to 98304.
        temperature: Positive float. Defaults to 0.1.
        seed: Integer seed of the queue's first directions, or None.

    Outputs: `features`, `projections`, `predictions` and `neighbours`, each a
        list with one tensor `(batch, width)` for each of the two views.

    Example:

    >>> model = keras_contrastive.NNCLR(
    ...     encoder,
    ...     keras_contrastive.views.byol(image_size=32),
    ...     queue_size=8192,
    ... )

    Reference: Dwibedi et al., 2021, https://arxiv.org/abs/2104.14548,
        equation 3.
    """

    card = MethodCard(
        paper="Dwibedi et al., 2021",
        url="https://arxiv.org/abs/2104.14548",
        idea="The positive is the nearest neighbour of the other view among "
        "earlier images.",
        negatives="batch",
        loss="InfoNCE",
        views="byol",
        memory="queue",
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
        queue_size=98304,
        temperature=0.1,
        seed=None,
        **kwargs,
    ):
        projector = projector or ProjectionHead(
            256, num_layers=3, hidden_units=2048, ending="affine"
        )
        predictor = predictor or ProjectionHead(
            256, hidden_units=4096, ending="none"
        )
        super().__init__(encoder, views, projector, predictor, **kwargs)
        self.queue = FeatureQueue(queue_size, seed)
        self.info_nce = InfoNCE(temperature, reduction=None)

    def embed(self, views, training=False):
        outputs = super().embed(views, training)
        projections = outputs["projections"]
        support = self.queue(projections[0], training=training)
        return {
            **outputs,
            "neighbours": [nearest(z, support) for z in projections],
        }

    def objectives(self, outputs):
        (p1, p2), (n1, n2) = outputs["predictions"], outputs["neighbours"]
        total = self.info_nce(p2, n1) + self.info_nce(p1, n2)
        return {"info_nce": total / 2}

    def scores(self, outputs):
        (p1, p2), (n1, n2) = outputs["predictions"], outputs["neighbours"]
        return join(
            [self.info_nce.scores(p2, n1), self.info_nce.scores(p1, n2)]
        )

    def get_config(self):
        return {
            **super().get_config(),
            "queue_size": self.queue.size,
            "temperature": self.info_nce.temperature,
            "seed": self.queue.first_keys.seed,
        }


def nearest(projections, support):
    """The row of the support with the largest cosine, for each projection."""
    cosines = ops.matmul(l2_normalize(projections), ops.transpose(support))
    return ops.stop_gradient(
        ops.take(support, ops.argmax(cosines, axis=1), axis=0)
    )

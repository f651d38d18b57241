from typing import Any

import keras
from keras import ops

from keras_contrastive._check_integer import check_integer
from keras_contrastive._check_temperature import check_temperature
from keras_contrastive._export import export
from keras_contrastive.layers import FeatureQueue, ProjectionHead
from keras_contrastive.losses import ContrastLoss, InfoNCE
from keras_contrastive.methods._predictive import Predictive
from keras_contrastive.ops import l2_normalize


@export
class NNCLR(Predictive):
    """Nearest-neighbor contrastive learning.

    The positive of a view is not its image's other view but that view's
    nearest neighbor among the projections of earlier steps: another image,
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
        loss: `keras_contrastive.losses.ContrastLoss` of predictions and
            neighbors, in place of `InfoNCE(temperature)`, which is the
            paper's. With `NTXent(0.1)`, as in the library lightly, neighbors
            and predictions are each other's negatives, and their own kind's.
            Its name names the term.
        seed: Integer seed of the queue's first directions, or None.
        **kwargs: `modules`, `feature_transform`, `term_weights`: see
            `keras_contrastive.ContrastiveModel`.

    Outputs: `features`, `projections`, `predictions` and `neighbors`, each a
        list with one tensor `(batch, width)` for each of the two views. The
        loss is the mean of both directions.

    Example:

    >>> model = keras_contrastive.NNCLR(
    ...     encoder,
    ...     keras_contrastive.views.byol(image_size=32),
    ...     queue_size=8192,
    ... )

    Reference: Dwibedi et al., 2021, https://arxiv.org/abs/2104.14548,
        equation 3.
    """

    def __init__(
        self,
        encoder: keras.Model,
        views: keras.layers.Layer | None = None,
        projector: keras.layers.Layer | None = None,
        predictor: keras.layers.Layer | None = None,
        *,
        queue_size: int = 98304,
        temperature: float = 0.1,
        loss: ContrastLoss | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        projector = projector or ProjectionHead(
            256, num_layers=3, hidden_units=2048, ending="affine"
        )
        predictor = predictor or ProjectionHead(
            256, hidden_units=4096, ending="none"
        )
        check_temperature(temperature)
        loss = loss or InfoNCE(temperature)
        if not isinstance(loss, ContrastLoss):
            raise ValueError(
                "`loss` must compare predictions and neighbors, such as "
                "`keras_contrastive.losses.NTXent(0.1)`. "
                f"Received: loss={loss!r}"
            )
        self.objective_names, self.pair_loss = (loss.name,), loss.pair_loss
        super().__init__(encoder, views, projector, predictor, **kwargs)
        check_integer("queue_size", queue_size, 1, meaning=" keys")
        self.queue = FeatureQueue(queue_size, seed)
        self.queue_size, self.seed = queue_size, self.queue.seed
        self.temperature, self.contrast_loss = temperature, loss

    def embed(self, views, features, training=False):
        outputs = super().embed(views, features, training)
        projections = outputs["projections"]
        support = self.queue(projections[0], training=training)
        neighbors = [nearest(z, support) for z in projections]
        return {**outputs, "neighbors": neighbors}

    def contrasts(self, outputs):
        (p1, p2), (n1, n2) = outputs["predictions"], outputs["neighbors"]
        forth = self.contrast_loss.contrasts(p2, n1)
        back = self.contrast_loss.contrasts(p1, n2)
        return {self.contrast_loss.name: [*forth, *back]}


def nearest(projections, support):
    """The row of the support with the largest cosine, for each projection."""
    cosines = ops.matmul(l2_normalize(projections), ops.transpose(support))
    return ops.stop_gradient(
        ops.take(support, ops.argmax(cosines, axis=1), axis=0)
    )

from typing import Any

import keras

from keras_contrastive._export import export
from keras_contrastive.layers import ProjectionHead
from keras_contrastive.methods._remembered import Remembered


@export
class InstDis(Remembered):
    """Instance discrimination: every image is a class of its own.

    The projection of a view is to pick its image among all images of the data
    set, of which a memory bank remembers earlier projections. With sampled
    negatives that is noise contrastive estimation, whose constant Z is set by
    the first batch; without, the exact softmax, feasible up to some hundred
    thousand images.

    Args:
        encoder: `keras.Model`, images to features `(batch, features)`.
        views: Layer that makes one view, or None for ready ones.
        projector: Layer, features to projections. Defaults to the paper's,
            one linear layer to 128.
        num_images: Integer, images of the data set.
        num_negatives: Integer, negatives of each image, or None for the exact
            softmax. Defaults to 4096.
        temperature: Positive float. Defaults to 0.07; the authors' CIFAR-10
            command uses 0.1.
        momentum: Float in [0, 1], share of a row of the bank that stays.
            Defaults to 0.5.
        term_weights: Dictionary. `proximal`, the squared distance from the
            own row, is part of the paper and not of the authors' code; its
            weight defaults to 0.
        seed: Integer seed of bank and negatives, or None.
        **kwargs: `modules`, `feature_transform`: see
            `keras_contrastive.ContrastiveModel`. A transform asks for sampled
            negatives: all those of the exact softmax hold the positive. A
            sample may hold it too, as in the authors' code of memory banks.
            The constant Z is that of the first batch, transformed or, before
            `start_epoch`, not.

    Input: `{"images": ..., "index": ...}`.

    Outputs: `projections`, a list with one tensor `(batch, units)`; of the
        bank the `own` row of each image, `(batch, units)`, and `negatives`,
        `(batch, num_negatives, units)` or all rows; `index`; and with sampled
        negatives `log_z`.

    Example:

    >>> train = keras_contrastive.data.load(
    ...     "cifar10", "train", batch_size=128, index=True
    ... )
    >>> model = keras_contrastive.InstDis(
    ...     encoder=keras_contrastive.encoders.ResNet18((32, 32, 3)),
    ...     views=keras_contrastive.views.moco_v1(32, num_views=1),
    ...     num_images=50000,
    ...     temperature=0.1,
    ... )

    Reference: Wu et al., 2018, https://arxiv.org/abs/1805.01978.
    """

    objective_names = ("instance", "proximal")
    view_ranks = (4,)

    def __init__(
        self,
        encoder: keras.Model,
        views: keras.layers.Layer | None = None,
        projector: keras.layers.Layer | None = None,
        *,
        term_weights: dict[str, float] | None = None,
        **kwargs: Any,
    ) -> None:
        weights = {"proximal": 0.0, **(term_weights or {})}
        super().__init__(encoder, views, term_weights=weights, **kwargs)
        self.projector = projector or ProjectionHead(
            128, num_layers=1, use_batch_norm=False
        )
        self.bank = self.make_bank()
        self.remember("instance")

    def embed(self, views, features, training=False, *, index):
        projections = self.projector(features[0], training=training)
        own, negatives = self.bank(projections, index, training=training)
        return {
            "projections": [projections],
            "own": own,
            "negatives": negatives,
            "index": index,
        }

    def contrasts(self, outputs):
        (query,) = outputs["projections"]
        remembered = outputs["own"], outputs["negatives"]
        return {
            "instance": [
                self.among_images("instance", query, remembered, outputs)
            ]
        }

    def objectives(self, outputs, labels=None):
        (contrast,) = self.contrasts(outputs)["instance"]
        return {
            **super().objectives(outputs),
            # Of unit vectors, |v - v'|^2 = 2 - 2 v v'.
            "proximal": 2 - 2 * contrast.paired(),
        }

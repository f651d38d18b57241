from typing import Any

import keras

from keras_contrastive._export import export
from keras_contrastive.layers import ProjectionHead
from keras_contrastive.losses import BarlowTwinsLoss
from keras_contrastive.methods._siamese import Siamese


@export
class BarlowTwins(Siamese):
    """Self-supervised learning by redundancy reduction.

    The cross-correlation of the projections of the two views, over the global
    batch, is to be the identity: each feature agrees between the views, and
    no two features say the same. No negatives, no momentum, no stop-gradient.

    Args:
        encoder: `keras.Model`, images to features `(batch, features)`.
        views: Layer that makes the two views, or None for ready ones.
        projector: Layer, features to projections. Defaults to the paper's,
            three layers of 8192.
        redundancy: Float, weight of the correlations between features.
            Defaults to 0.0051.
        **kwargs: `modules`, `term_weights`: see
            `keras_contrastive.ContrastiveModel`.

    Outputs: `features` and `projections`, each a list with one tensor
        `(batch, width)` for each of the two views.

    Example:

    >>> model = keras_contrastive.BarlowTwins(
    ...     encoder, keras_contrastive.views.byol(image_size=224)
    ... )

    Reference: Zbontar et al., 2021, https://arxiv.org/abs/2103.03230.
    """

    objective_names = ("barlow_twins",)
    one_call = False

    def __init__(
        self,
        encoder: keras.Model,
        views: keras.layers.Layer | None = None,
        projector: keras.layers.Layer | None = None,
        *,
        redundancy: float = 0.0051,
        **kwargs: Any,
    ) -> None:
        head = ProjectionHead(
            8192, num_layers=3, hidden_units=8192, ending="none"
        )
        super().__init__(encoder, views, projector or head, **kwargs)
        self.redundancy = redundancy
        self.barlow_twins = BarlowTwinsLoss(redundancy, reduction=None)

    def objectives(self, outputs, labels=None):
        return {"barlow_twins": self.barlow_twins(*outputs["projections"])}

from typing import Any

import keras

from keras_contrastive._export import export
from keras_contrastive.layers import ProjectionHead
from keras_contrastive.losses import VICRegLoss
from keras_contrastive.methods._siamese import Siamese


@export
class VICReg(Siamese):
    """Variance-invariance-covariance regularization.

    Views of an image agree (invariance), every feature varies over the batch
    (variance), and features do not repeat each other (covariance). No
    negatives, no momentum, no stop-gradient. Each term is a curve of its own.

    Args:
        encoder: `keras.Model`, images to features `(batch, features)`.
        views: Layer that makes the two views, or None for ready ones.
        projector: Layer, features to projections. Defaults to the paper's,
            three layers of 8192.
        term_weights: Dictionary. Terms not named keep the paper's weights,
            25 for `invariance` and `variance`, 1 for `covariance`.
        **kwargs: `modules`: see `keras_contrastive.ContrastiveModel`.

    Outputs: `features` and `projections`, each a list with one tensor
        `(batch, width)` for each of the two views.

    Example:

    >>> model = keras_contrastive.VICReg(
    ...     encoder, keras_contrastive.views.byol(image_size=224)
    ... )

    Reference: Bardes et al., 2021, https://arxiv.org/abs/2105.04906.
    """

    objective_names = ("invariance", "variance", "covariance")
    one_call = False

    def __init__(
        self,
        encoder: keras.Model,
        views: keras.layers.Layer | None = None,
        projector: keras.layers.Layer | None = None,
        *,
        term_weights: dict[str, float] | None = None,
        **kwargs: Any,
    ) -> None:
        self.vicreg = VICRegLoss()
        super().__init__(
            encoder,
            views,
            projector
            or ProjectionHead(
                8192, num_layers=3, hidden_units=8192, ending="none"
            ),
            term_weights={**self.vicreg.term_weights, **(term_weights or {})},
            **kwargs,
        )

    def objectives(self, outputs, labels=None):
        return self.vicreg.terms(*outputs["projections"])

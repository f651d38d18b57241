from typing import Any

import keras

from keras_contrastive._export import export
from keras_contrastive.layers import ProjectionHead
from keras_contrastive.losses import SupConLoss
from keras_contrastive.methods._siamese import Siamese


@export
class SupCon(Siamese):
    """Supervised contrastive learning: `fit(images, labels)`.

    SimCLR in which all views of all images of a class are positives. Labels
    are integers `(batch,)` or `(batch, 1)` from 0; an image with -1, which is
    no label, has its own views alone as positives.

    Args:
        encoder: `keras.Model`, images to features `(batch, features)`.
        views: Layer that makes the two views, or None for ready ones.
        projector: Layer, features to projections. Defaults to the paper's,
            two layers without batch norm to 128.
        temperature: Positive float. Defaults to 0.1.
        **kwargs: `modules`, `term_weights`: see
            `keras_contrastive.ContrastiveModel`.

    Outputs: `features` and `projections`, each a list with one tensor
        `(batch, width)` for each of the two views.

    Example:

    >>> model = keras_contrastive.SupCon(
    ...     encoder, keras_contrastive.views.simclr(image_size=32, blur=False)
    ... )
    >>> model.compile(optimizer="adam")
    >>> history = model.fit(images, labels, batch_size=256)

    Reference: Khosla et al., 2020, https://arxiv.org/abs/2004.11362.
    """

    objective_names = ("sup_con",)
    needs_labels = True

    def __init__(
        self,
        encoder: keras.Model,
        views: keras.layers.Layer | None = None,
        projector: keras.layers.Layer | None = None,
        *,
        temperature: float = 0.1,
        **kwargs: Any,
    ) -> None:
        head = ProjectionHead(128, use_batch_norm=False)
        super().__init__(encoder, views, projector or head, **kwargs)
        self.temperature = temperature
        self.sup_con = SupConLoss(temperature, reduction=None)

    def objectives(self, outputs, labels=None):
        return {"sup_con": self.sup_con(labels, outputs["projections"])}

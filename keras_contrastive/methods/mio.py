from typing import Any

import keras

from keras_contrastive._export import export
from keras_contrastive.layers import ProjectionHead
from keras_contrastive.losses import MIOLoss
from keras_contrastive.methods._siamese import Siamese


@export
class MIO(Siamese):
    """Mutual information optimization by binary classification of pairs.

    Each pair of projections is to be told apart: two views of one image, or
    of two images. Positive and negative pairs weigh the same; a regularizer
    pulls the two views together. Each is a curve of its own. This is the
    first version of the paper, as its authors released it: each view passes
    encoder and projector in a call of its own, so that batch normalization
    sees one view at a time.

    Args:
        encoder: `keras.Model`, images to features `(batch, features)`.
        views: Layer that makes the two views, or None for ready ones.
        projector: Layer, features to projections. Defaults to the released
            one: three layers, hidden 2048, 128 out, batch norm after each.
        positive_temperature: Positive float. Defaults to 0.5.
        negative_temperature: Positive float, or None for the same.
        **kwargs: `modules`, `feature_transform`, `term_weights`: see
            `keras_contrastive.ContrastiveModel`.

    Terms not named in `term_weights` weigh 1, as in the authors' class; their
    training script leaves out the `regularizer`.

    Outputs: `features` and `projections`, each a list with one tensor
        `(batch, width)` for each of the two views.

    Example:

    >>> model = keras_contrastive.MIO(
    ...     encoder, keras_contrastive.views.mio(image_size=32)
    ... )

    Reference: Manna et al., 2021, https://arxiv.org/abs/2111.12664v1.
    """

    objective_names = ("positive", "negative", "regularizer")
    pair_loss = MIOLoss().pair_loss
    one_call = False

    def __init__(
        self,
        encoder: keras.Model,
        views: keras.layers.Layer | None = None,
        projector: keras.layers.Layer | None = None,
        *,
        positive_temperature: float = 0.5,
        negative_temperature: float | None = None,
        **kwargs: Any,
    ) -> None:
        head = ProjectionHead(
            128, num_layers=3, hidden_units=2048, ending="affine"
        )
        super().__init__(encoder, views, projector or head, **kwargs)
        self.mio = MIOLoss(positive_temperature, negative_temperature)
        self.positive_temperature = self.mio.positive_temperature
        self.negative_temperature = self.mio.negative_temperature

    def contrasts(self, outputs):
        return {"pairs": self.mio.contrasts(*outputs["projections"])}

    def objectives(self, outputs, labels=None):
        return self.mio.terms_of(self.compared(outputs)["pairs"])

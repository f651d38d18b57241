from typing import Any

import keras

from keras_contrastive._check_equal_widths import check_equal_widths
from keras_contrastive.methods._siamese import Siamese
from keras_contrastive.training._check_parts import check_layer


class Predictive(Siamese):
    """A Siamese network with a predictor on its projections.

    Abstract. Each view passes encoder, projector and predictor in a call of
    its own, as in the authors' code of all these methods.

    Outputs: those of `Siamese`, and `predictions`, a list with one tensor
        `(batch, units)` for each of the two views.
    """

    one_call = False

    def __init__(
        self,
        encoder: keras.Model,
        views: keras.layers.Layer | None,
        projector: keras.layers.Layer,
        predictor: keras.layers.Layer,
        **kwargs: Any,
    ) -> None:
        super().__init__(encoder, views, projector, **kwargs)
        check_layer(predictor, "predictor", "projections to predictions")
        self.predictor = predictor

    def embed(self, views, features, training=False):
        outputs = super().embed(views, features, training)
        outputs["predictions"] = [
            self.predictor(z, training=training) for z in outputs["projections"]
        ]
        first = outputs["projections"][0], outputs["predictions"][0]
        check_equal_widths(*first, "predictor")
        return outputs

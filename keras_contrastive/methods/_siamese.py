from typing import Any

import keras

from keras_contrastive.ops._in_one_call import in_one_call
from keras_contrastive.training import ContrastiveModel
from keras_contrastive.training._check_parts import check_layer


class Siamese(ContrastiveModel):
    """Two views, one encoder, one projector: what differs is the loss.

    Abstract.

    Outputs: `features` and `projections`, each a list with one tensor
        `(batch, width)` for each of the two views.
    """

    # Whether both views pass in one call, so that batch normalization sees
    # them together: as the code of the method's authors does it.
    one_call = True

    def __init__(
        self,
        encoder: keras.Model,
        views: keras.layers.Layer | None,
        projector: keras.layers.Layer,
        **kwargs: Any,
    ) -> None:
        super().__init__(encoder, views, **kwargs)
        check_layer(projector, "projector", "features to projections")
        self.projector = projector

    def view_features(self, views, training=False):
        if self.one_call:
            return self.encode(views, training)
        return [self.encode([view], training)[0] for view in views]

    def embed(self, views, features, training=False):
        if self.one_call:
            projections = in_one_call(self.projector, features, training)
        else:
            projections = [
                self.projector(h, training=training) for h in features
            ]
        return {"features": features, "projections": projections}

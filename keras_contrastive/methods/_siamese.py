from keras.saving import serialize_keras_object as serialize

from keras_contrastive.training._check_parts import check_layer
from keras_contrastive.training.contrastive_model import ContrastiveModel


class Siamese(ContrastiveModel):
    """Two views, one encoder, one projector: what differs is the loss.

    Abstract. A method implements `objectives` and `objective_names`.

    Outputs: `features` and `projections`, each a list with one tensor
        `(batch, width)` for each of the two views.
    """

    # Whether both views pass in one call, so that batch normalisation sees
    # them together: as the authors' code does it.
    one_call = True

    def __init__(self, encoder, views, projector, **kwargs):
        super().__init__(encoder, views, **kwargs)
        check_layer(projector, "projector", "features to projections")
        self.projector = projector

    def embed(self, views, training=False):
        if self.one_call:
            features = self.encode(views, training)
            projections = self.in_one_call(self.projector, features, training)
        else:
            features = [self.encode([view], training)[0] for view in views]
            projections = [
                self.projector(part, training=training) for part in features
            ]
        return {"features": features, "projections": projections}

    def get_config(self):
        config = super().get_config()
        return {**config, "projector": serialize(self.projector)}

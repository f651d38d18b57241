from keras.saving import serialize_keras_object as serialize

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

    def __init__(self, encoder, views, projector, predictor, **kwargs):
        super().__init__(encoder, views, projector, **kwargs)
        check_layer(predictor, "predictor", "projections to predictions")
        self.predictor = predictor

    def embed(self, views, training=False):
        outputs = super().embed(views, training)
        outputs["predictions"] = [
            self.predictor(z, training=training) for z in outputs["projections"]
        ]
        return outputs

    def get_config(self):
        return {**super().get_config(), "predictor": serialize(self.predictor)}

from keras_contrastive import losses
from keras_contrastive._export import export
from keras_contrastive.layers import ProjectionHead
from keras_contrastive.methods._siamese import Siamese
from keras_contrastive.training._method_card import MethodCard


@export
class MIO(Siamese):
    """Mutual information optimisation by binary classification of pairs.

    Each pair of projections is to be told apart: two views of one image, or
    of two images. Positive and negative pairs weigh the same; a regulariser
    pulls the two views together. Each is a curve of its own. This is the
    first version of the paper, as its authors released it.

    Args:
        encoder: `keras.Model`, images to features `(batch, features)`.
        views: Layer that makes the two views, or None for ready ones.
        projector: Layer, features to projections. Defaults to the released
            one: three layers, hidden 2048, 128 out, batch norm after each.
        positive_temperature: Positive float. Defaults to 0.5.
        negative_temperature: Positive float, or None for the same.
        term_weights: Dictionary, of `positive`, `negative` and
            `regularizer`; terms not named weigh 1, as in the authors' class.
            Their training script leaves out the regulariser.

    Outputs: `features` and `projections`, each a list with one tensor
        `(batch, width)` for each of the two views.

    Example:

    >>> model = keras_contrastive.MIO(
    ...     encoder, keras_contrastive.views.mio(image_size=32)
    ... )

    Reference: Manna et al., 2021, https://arxiv.org/abs/2111.12664v1.
    """

    card = MethodCard(
        paper="Manna et al., 2021",
        url="https://arxiv.org/abs/2111.12664v1",
        idea="Each pair is classified: two views of one image, or of two.",
        negatives="batch",
        loss="MIO",
        views="mio",
    )
    objective_names = ("positive", "negative", "regularizer")

    def __init__(
        self,
        encoder,
        views=None,
        projector=None,
        positive_temperature=0.5,
        negative_temperature=None,
        **kwargs,
    ):
        head = ProjectionHead(
            128, num_layers=3, hidden_units=2048, ending="affine"
        )
        super().__init__(encoder, views, projector or head, **kwargs)
        self.mio = losses.MIO(positive_temperature, negative_temperature)

    def objectives(self, outputs):
        return self.mio.terms(*outputs["projections"])

    def scores(self, outputs):
        return self.mio.scores(*outputs["projections"])

    def get_config(self):
        return {
            **super().get_config(),
            "positive_temperature": self.mio.positive_temperature,
            "negative_temperature": self.mio.negative_temperature,
        }

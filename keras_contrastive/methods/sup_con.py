from keras_contrastive import losses
from keras_contrastive._export import export
from keras_contrastive.layers import ProjectionHead
from keras_contrastive.methods._siamese import Siamese
from keras_contrastive.training._method_card import MethodCard


@export
class SupCon(Siamese):
    """Supervised contrastive learning: `fit(images, labels)`.

    SimCLR in which all views of all images of a class are positives.

    Args:
        encoder: `keras.Model`, images to features `(batch, features)`.
        views: Layer that makes the two views, or None for ready ones.
        projector: Layer, features to projections. Defaults to the paper's,
            two layers without batch norm to 128.
        temperature: Positive float. Defaults to 0.1.

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

    card = MethodCard(
        paper="Khosla et al., 2020",
        url="https://arxiv.org/abs/2004.11362",
        idea="With labels: all views of a class attract each other.",
        negatives="batch, other classes",
        loss="SupCon",
        views="simclr",
    )
    objective_names = ("sup_con",)

    def __init__(
        self, encoder, views=None, projector=None, temperature=0.1, **kwargs
    ):
        head = ProjectionHead(128, use_batch_norm=False)
        super().__init__(encoder, views, projector or head, **kwargs)
        self.sup_con = losses.SupCon(temperature, reduction=None)

    def objectives(self, outputs, labels):
        return {"sup_con": self.sup_con(labels, outputs["projections"])}

    def get_config(self):
        temperature = self.sup_con.temperature
        return {**super().get_config(), "temperature": temperature}

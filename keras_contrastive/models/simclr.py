from keras.saving import serialize_keras_object as serialize

from keras_contrastive.export import export
from keras_contrastive.layers import ProjectionHead
from keras_contrastive.losses import NTXent
from keras_contrastive.models.method_card import MethodCard
from keras_contrastive.models.siamese import Siamese


@export
class SimCLR(Siamese):
    """A simple framework for contrastive learning of representations.

    Two views of each image pass one encoder and one projection head; each
    projection is to pick the other view of its image among all projections of
    the batch. More negatives come from a larger batch, on any number of
    devices.

    Args:
        encoder: `keras.Model`, images to features `(batch, features)`.
        views: Layer that makes the two views, or None for ready ones.
        projector: Layer, features to projections. Defaults to
            `ProjectionHead(128)`, the head of SimCLR v1 with batch norm.
        temperature: Positive float. Defaults to 0.1 (ImageNet); the authors'
            CIFAR-10 command uses 0.5.
        loss: Loss of two projections with one value an image, in place of
            `NTXent(temperature)`: `keras_contrastive.losses.DCL(0.1)` makes
            decoupled contrastive learning. Its name names the term.

    Outputs: `features` and `projections`, each a list with one tensor
        `(batch, width)` for each of the two views.

    Example:

    >>> model = keras_contrastive.SimCLR(
    ...     encoder=keras_contrastive.encoders.ResNet18((32, 32, 3)),
    ...     views=keras_contrastive.views.simclr(
    ...         image_size=32, strength=0.5, blur=False
    ...     ),
    ...     temperature=0.5,
    ... )
    >>> model.compile(optimizer="adam")
    >>> history = model.fit(images, batch_size=256, epochs=10)

    Reference: Chen et al., 2020, https://arxiv.org/abs/2002.05709.
    """

    card = MethodCard(
        paper="Chen et al., 2020",
        url="https://arxiv.org/abs/2002.05709",
        idea="Each view is to pick the other view of its image among all "
        "images of the batch.",
        negatives="batch",
        loss="NTXent",
        views="simclr",
    )

    def __init__(
        self,
        encoder,
        views=None,
        projector=None,
        temperature=0.1,
        *,
        loss=None,
        **kwargs,
    ):
        loss = loss or NTXent(temperature)
        # One value an image: averages are the model's.
        config = {**loss.get_config(), "reduction": None}
        loss = type(loss).from_config(config)
        self.objective_names = (loss.name,)
        super().__init__(
            encoder, views, projector or ProjectionHead(), **kwargs
        )
        self.contrast, self.temperature = loss, temperature

    def objectives(self, outputs):
        return {self.contrast.name: self.contrast(*outputs["projections"])}

    def get_config(self):
        return {
            **super().get_config(),
            "temperature": self.temperature,
            "loss": serialize(self.contrast),
        }

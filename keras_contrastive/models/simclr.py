from keras import ops
from keras.saving import serialize_keras_object as serialize

from keras_contrastive.export import export
from keras_contrastive.layers import ProjectionHead
from keras_contrastive.losses import NTXent
from keras_contrastive.models.contrastive_model import ContrastiveModel


@export
class SimCLR(ContrastiveModel):
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

    objective_names = ("nt_xent",)

    def __init__(
        self, encoder, views=None, projector=None, temperature=0.1, **kwargs
    ):
        super().__init__(encoder, views, **kwargs)
        self.projector = projector or ProjectionHead()
        self.nt_xent = NTXent(temperature, reduction=None)

    def embed(self, views, training=False):
        if len(views) != 2:
            raise ValueError(
                "`SimCLR` compares two views of each image. "
                f"Received: {len(views)} views"
            )
        features = self.encode(views, training)
        stacked = ops.concatenate(features, axis=0)
        projections = self.projector(stacked, training=training)
        return {
            "features": features,
            "projections": ops.split(projections, len(views)),
        }

    def objectives(self, outputs):
        return {"nt_xent": self.nt_xent(*outputs["projections"])}

    def get_config(self):
        return {
            **super().get_config(),
            "projector": serialize(self.projector),
            "temperature": self.nt_xent.temperature,
        }

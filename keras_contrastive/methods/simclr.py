from typing import Any

import keras

from keras_contrastive._check_temperature import check_temperature
from keras_contrastive._export import export
from keras_contrastive.layers import ProjectionHead
from keras_contrastive.losses import NTXent
from keras_contrastive.methods._siamese import Siamese


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
        loss: Loss of two projections, in place of
            `NTXent(temperature)`: `keras_contrastive.losses.DCL(0.1)` makes
            decoupled contrastive learning. Its name names the term. One of a
            single direction, such as `InfoNCE`, is taken in both, and the
            mean trained.
        **kwargs: `modules`, `feature_transform`, `term_weights`: see
            `keras_contrastive.ContrastiveModel`.

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

    def __init__(
        self,
        encoder: keras.Model,
        views: keras.layers.Layer | None = None,
        projector: keras.layers.Layer | None = None,
        *,
        temperature: float = 0.1,
        loss: keras.losses.Loss | None = None,
        **kwargs: Any,
    ) -> None:
        check_temperature(temperature)
        loss = loss or NTXent(temperature)
        if not isinstance(loss, keras.losses.Loss):
            raise ValueError(
                "`loss` must be a loss of two projections, such as "
                "`keras_contrastive.losses.DCL(0.1)`. "
                f"Received: loss={loss!r}"
            )
        self.objective_names = (loss.name,)
        self.pair_loss = getattr(loss, "pair_loss", None)
        super().__init__(
            encoder, views, projector or ProjectionHead(), **kwargs
        )
        # One value per image: averages are the model's.
        config = {**loss.get_config(), "reduction": None}
        self.contrast_loss = type(loss).from_config(config)
        self.temperature = temperature

    def contrasts(self, outputs):
        if self.pair_loss is None:
            return {}
        first, second = outputs["projections"]
        compared = self.contrast_loss.contrasts(first, second)
        if len(compared) == 1:  # from one view to the other
            compared = [
                *compared,
                *self.contrast_loss.contrasts(second, first),
            ]
        return {self.contrast_loss.name: compared}

    def objectives(self, outputs, labels=None):
        if self.pair_loss is not None:
            return super().objectives(outputs)
        values = self.contrast_loss(*outputs["projections"])
        return {self.contrast_loss.name: values}

import dataclasses

from keras import ops
from keras.saving import serialize_keras_object as serialize

from keras_contrastive._export import export
from keras_contrastive.layers import ProjectionHead
from keras_contrastive.losses import NTXent
from keras_contrastive.losses._pairs import batch_scores
from keras_contrastive.losses._scores import softmax_loss, softmax_scores
from keras_contrastive.methods._siamese import Siamese
from keras_contrastive.ops import l2_normalize, wide_float
from keras_contrastive.training._feature_transform import FeatureTransform
from keras_contrastive.training._method_card import MethodCard


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
        feature_transform: `layers.PositiveExtrapolation`,
            `layers.NegativeInterpolation`, a list of both, or None. Our
            extension of a method for queues: a moved projection is compared
            with the other of its pair and with the unmoved ones of other
            images; of the latter alone mixtures are made, so that no positive
            leaks into them. With `NTXent` only.

    Outputs: `features` and `projections`, each a list with one tensor
        `(batch, width)` for each of the two views. With a transform also
        `positives`, `(2 batch,)`, and `negatives`, `(2 batch, number)`, the
        scores that the loss compares, anchors first of the one view, then of
        the other, and `cosines`, the positives before the transform.

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
        feature_transform=None,
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
        self.feature_transform = FeatureTransform(feature_transform)
        check_transform(self.feature_transform, loss)

    def embed(self, views, training=False):
        outputs = super().embed(views, training)
        if not self.feature_transform.is_given:
            return outputs
        z1, z2 = map(l2_normalize, outputs["projections"])
        moved_1, moved_2, cosines = self.feature_transform.move_pair(
            z1, z2, training
        )
        _, negatives = batch_scores(z1, z2, anchors=(moved_1, moved_2))
        if self.feature_transform.interpolate is not None:
            # Mixing scores is mixing features, as all share one weight.
            negatives = self.feature_transform.interpolate(
                negatives[..., None], training=training
            )[..., 0]
        positives = ops.sum(moved_1 * moved_2, axis=1)
        return {
            **outputs,
            "positives": ops.concatenate([positives, positives]),
            "negatives": negatives,
            "cosines": ops.concatenate([cosines, cosines]),
        }

    def objectives(self, outputs):
        if not self.feature_transform.is_given:
            return {self.contrast.name: self.contrast(*outputs["projections"])}
        compared = (
            wide_float(outputs["positives"]),
            wide_float(outputs["negatives"]),
        )
        values = softmax_loss(*compared, self.contrast.temperature)
        first, second = ops.split(values, 2)
        return {self.contrast.name: (first + second) / 2}

    def scores(self, outputs):
        if not self.feature_transform.is_given:
            return self.contrast.scores(*outputs["projections"])
        compared = outputs["positives"], outputs["negatives"]
        scores = softmax_scores(*compared, self.contrast.temperature)
        return dataclasses.replace(scores, raw_positives=outputs["cosines"])

    def get_config(self):
        return {
            **super().get_config(),
            "temperature": self.temperature,
            "loss": serialize(self.contrast),
            "feature_transform": self.feature_transform.config(),
        }


def check_transform(transform, loss):
    interpolate = transform.interpolate
    if transform.is_given and type(loss) is not NTXent:
        raise ValueError(
            "`feature_transform` goes with `NTXent`. "
            f"Received: loss={type(loss).__name__}"
        )
    if interpolate is not None and interpolate.per_dimension:
        raise ValueError(
            "`per_dimension` must be False for the negatives of `SimCLR`, "
            "which are mixed anew for each image. "
            "Received: NegativeInterpolation(per_dimension=True)"
        )

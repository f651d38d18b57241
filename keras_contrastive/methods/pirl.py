import dataclasses

from keras.saving import serialize_keras_object as serialize

from keras_contrastive._export import export
from keras_contrastive.layers import (
    JigsawHead,
    MemoryBank,
    MemoryContrast,
    ProjectionHead,
)
from keras_contrastive.losses._scores import join
from keras_contrastive.training._check_parts import check_equal_widths
from keras_contrastive.training._feature_transform import (
    FeatureTransform,
    check_sampled,
    raw_positives,
)
from keras_contrastive.training._method_card import MethodCard
from keras_contrastive.training.contrastive_model import ContrastiveModel


@export
class PIRL(ContrastiveModel):
    """Pretext-invariant representations: an image is like its own jigsaw.

    The projection of a view, and that of its pieces in random order, are to
    pick their image among those of a memory bank, which remembers projections
    of views alone. With the jigsaw's weight at 0 it is `InstDis`.

    Args:
        encoder: `keras.Model`, images to features `(batch, features)`. It
            takes views and pieces, so its sides must be open:
            `input_shape=(None, None, 3)`.
        views: Layer that makes a view and the pieces of another, such as
            `keras_contrastive.views.pirl(...)`, or None for ready ones.
        projector: Layer, features to projections. Defaults to the paper's,
            one linear layer to 128.
        jigsaw_head: Layer, features of the pieces to a projection. Defaults
            to `JigsawHead(128)`.
        num_images: Integer, images of the data set.
        num_negatives: Integer, negatives of each image, or None for the exact
            softmax. Defaults to 32000.
        temperature: Positive float. Defaults to 0.07.
        momentum: Float in [0, 1], share of a row of the bank that stays.
            Defaults to 0.5.
        term_weights: Dictionary, of `image` and `jigsaw`; terms not named
            weigh 0.5, as in the paper.
        feature_transform: `layers.PositiveExtrapolation`,
            `layers.NegativeInterpolation`, a list of both, or None.
            It asks for sampled negatives, as `InstDis` does.
        seed: Integer seed of bank and negatives, or None.

    Input: `{"images": ..., "index": ...}`.

    Outputs: `index`, and `image` and `jigsaw`, the cosines of each with the
        bank: `positives`, `(batch,)`, `negatives`, `(batch, number)`, and
        with sampled negatives `log_z`, `(batch,)`. With a transform they are
        those of transformed features, and `cosines`, a list with a tensor
        `(batch,)` for each, those of the positives without.

    Example:

    >>> model = keras_contrastive.PIRL(
    ...     encoder=keras_contrastive.encoders.ResNet18((None, None, 3)),
    ...     views=keras_contrastive.views.pirl(
    ...         image_size=96, jigsaw_size=96, patch_size=24
    ...     ),
    ...     num_images=100000,
    ... )

    Reference: Misra and van der Maaten, 2019,
        https://arxiv.org/abs/1912.01991, equation 5.
    """

    card = MethodCard(
        paper="Misra and van der Maaten, 2019",
        url="https://arxiv.org/abs/1912.01991",
        idea="A view and a jigsaw of it are to pick their image in a memory "
        "bank.",
        negatives="bank",
        loss="nce, memory_softmax",
        views="pirl",
        memory="bank",
        heads="projector, jigsaw head",
    )
    objective_names = ("image", "jigsaw")
    view_ranks = (4, 5)

    def __init__(
        self,
        encoder,
        views=None,
        projector=None,
        jigsaw_head=None,
        *,
        num_images,
        num_negatives=32000,
        temperature=0.07,
        momentum=0.5,
        term_weights=None,
        feature_transform=None,
        seed=None,
        **kwargs,
    ):
        weights = {"image": 0.5, "jigsaw": 0.5, **(term_weights or {})}
        super().__init__(encoder, views, term_weights=weights, **kwargs)
        self.num_images = num_images
        self.projector = projector or ProjectionHead(
            128, num_layers=1, use_batch_norm=False
        )
        self.jigsaw_head = jigsaw_head or JigsawHead(128)
        self.bank = MemoryBank(num_images, num_negatives, momentum, seed)
        self.feature_transform = FeatureTransform(feature_transform)
        check_sampled(self.feature_transform, num_negatives)
        arguments = (
            num_images,
            num_negatives,
            temperature,
            not self.feature_transform.is_given,
        )
        self.contrast_image = MemoryContrast(*arguments)
        self.contrast_jigsaw = MemoryContrast(*arguments)

    def embed(self, views, index, training=False):
        image, pieces = views
        (features,) = self.encode([image], training)
        image = self.projector(features, training=training)
        features = self.encode_parts(pieces, training)
        jigsaw = self.jigsaw_head(features, training=training)
        check_equal_widths(image, jigsaw)
        own, negatives = self.bank(image, index, training=training)
        queries, keys, outputs = [image, jigsaw], [own, own], {"index": index}
        if self.feature_transform.is_given:
            queries, keys, outputs["cosines"] = (
                self.feature_transform.move_pairs(queries, keys, training)
            )
            negatives = self.feature_transform.mix(negatives, training)
        (image, jigsaw), (own, own_jigsaw) = queries, keys
        return {
            **outputs,
            "image": self.contrast_image(
                image, own, negatives, training=training
            ),
            "jigsaw": self.contrast_jigsaw(
                jigsaw, own_jigsaw, negatives, training=training
            ),
        }

    def objectives(self, outputs):
        return {
            "image": self.contrast_image.loss(outputs["image"]),
            "jigsaw": self.contrast_jigsaw.loss(outputs["jigsaw"]),
        }

    def scores(self, outputs):
        index = outputs["index"]
        scores = join(
            [
                self.contrast_image.scores(outputs["image"], index),
                self.contrast_jigsaw.scores(outputs["jigsaw"], index),
            ]
        )
        return dataclasses.replace(scores, raw_positives=raw_positives(outputs))

    def get_config(self):
        return {
            **super().get_config(),
            "projector": serialize(self.projector),
            "jigsaw_head": serialize(self.jigsaw_head),
            "num_images": self.num_images,
            "num_negatives": self.bank.num_negatives,
            "temperature": self.contrast_image.temperature,
            "momentum": self.bank.momentum,
            "feature_transform": self.feature_transform.config(),
            "seed": self.bank.first_rows.seed,
        }

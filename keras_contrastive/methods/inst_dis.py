import dataclasses

from keras.saving import serialize_keras_object as serialize

from keras_contrastive._export import export
from keras_contrastive.layers import (
    MemoryBank,
    MemoryContrast,
    ProjectionHead,
)
from keras_contrastive.ops import wide_float
from keras_contrastive.training._feature_transform import (
    FeatureTransform,
    check_sampled,
)
from keras_contrastive.training._method_card import MethodCard
from keras_contrastive.training.contrastive_model import ContrastiveModel


@export
class InstDis(ContrastiveModel):
    """Instance discrimination: every image is a class of its own.

    The projection of a view is to pick its image among all images of the data
    set, of which a memory bank remembers earlier projections. With sampled
    negatives that is noise contrastive estimation, whose constant Z is set by
    the first batch; without, the exact softmax, feasible up to some hundred
    thousand images.

    Args:
        encoder: `keras.Model`, images to features `(batch, features)`.
        views: Layer that makes one view, or None for ready ones.
        projector: Layer, features to projections. Defaults to the paper's,
            one linear layer to 128.
        num_images: Integer, images of the data set.
        num_negatives: Integer, negatives of each image, or None for the exact
            softmax. Defaults to 4096.
        temperature: Positive float. Defaults to 0.07; the authors' CIFAR-10
            command uses 0.1.
        momentum: Float in [0, 1], share of a row of the bank that stays.
            Defaults to 0.5.
        term_weights: Dictionary. `proximal`, the squared distance from the
            own row, is part of the paper and not of the authors' code; its
            weight defaults to 0.
        feature_transform: `layers.PositiveExtrapolation`,
            `layers.NegativeInterpolation`, a list of both, or None.
            It asks for sampled negatives: all those of the exact softmax
            hold the positive. A sample may hold it too, as in the authors'
            code of memory banks. The constant Z is that of the first batch,
            transformed or, before `start_epoch`, not.
        seed: Integer seed of bank and negatives, or None.

    Input: `{"images": ..., "index": ...}`.

    Outputs: `projections`, `(batch, units)`, `index`, and `scores`, the
        cosines with the bank: `positives`, `(batch,)`, `negatives`, `(batch,
        number)`, and with sampled negatives `log_z`, `(batch,)`. With a
        transform, `scores` are those of transformed features, and `cosines`,
        `(batch,)`, those of the positives without.

    Example:

    >>> train = keras_contrastive.data.load(
    ...     "cifar10", "train", batch_size=128, index=True
    ... )
    >>> model = keras_contrastive.InstDis(
    ...     encoder=keras_contrastive.encoders.ResNet18((32, 32, 3)),
    ...     views=keras_contrastive.views.moco_v1(32, num_views=1),
    ...     num_images=50000,
    ...     temperature=0.1,
    ... )

    Reference: Wu et al., 2018, https://arxiv.org/abs/1805.01978.
    """

    card = MethodCard(
        paper="Wu et al., 2018",
        url="https://arxiv.org/abs/1805.01978",
        idea="Each view is to pick its image among all images of the data set.",
        negatives="bank",
        loss="nce, memory_softmax",
        views="moco_v1",
        memory="bank",
    )
    objective_names = ("instance", "proximal")
    view_ranks = (4,)

    def __init__(
        self,
        encoder,
        views=None,
        projector=None,
        *,
        num_images,
        num_negatives=4096,
        temperature=0.07,
        momentum=0.5,
        term_weights=None,
        feature_transform=None,
        seed=None,
        **kwargs,
    ):
        weights = {"proximal": 0.0, **(term_weights or {})}
        super().__init__(encoder, views, term_weights=weights, **kwargs)
        self.num_images = num_images
        self.projector = projector or ProjectionHead(
            128, num_layers=1, use_batch_norm=False
        )
        self.bank = MemoryBank(num_images, num_negatives, momentum, seed)
        self.feature_transform = FeatureTransform(feature_transform)
        check_sampled(self.feature_transform, num_negatives)
        self.contrast = MemoryContrast(
            num_images,
            num_negatives,
            temperature,
            not self.feature_transform.is_given,
        )

    def embed(self, views, index, training=False):
        (features,) = self.encode(views, training)
        projections = self.projector(features, training=training)
        own, negatives = self.bank(projections, index, training=training)
        outputs = {"projections": projections, "index": index}
        queries = projections
        if self.feature_transform.is_given:
            queries, own, outputs["cosines"] = self.feature_transform.move_pair(
                projections, own, training
            )
            negatives = self.feature_transform.mix(negatives, training)
        scores = self.contrast(queries, own, negatives, training=training)
        return {**outputs, "scores": scores}

    def objectives(self, outputs):
        scores = outputs["scores"]
        cosines = outputs.get("cosines", scores["positives"])
        return {
            "instance": self.contrast.loss(scores),
            # Of unit vectors, |v - v'|^2 = 2 - 2 v v'.
            "proximal": 2 - 2 * wide_float(cosines),
        }

    def scores(self, outputs):
        scores = self.contrast.scores(outputs["scores"], outputs["index"])
        return dataclasses.replace(scores, raw_positives=outputs.get("cosines"))

    def get_config(self):
        return {
            **super().get_config(),
            "projector": serialize(self.projector),
            "num_images": self.num_images,
            "num_negatives": self.bank.num_negatives,
            "temperature": self.contrast.temperature,
            "momentum": self.bank.momentum,
            "feature_transform": self.feature_transform.config(),
            "seed": self.bank.first_rows.seed,
        }

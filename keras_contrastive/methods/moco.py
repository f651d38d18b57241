import dataclasses
import random

from keras import ops
from keras.saving import serialize_keras_object as serialize

from keras_contrastive._export import export
from keras_contrastive.layers import (
    FeatureQueue,
    MomentumBranch,
    ProjectionHead,
)
from keras_contrastive.losses import QueueInfoNCE
from keras_contrastive.losses._scores import join
from keras_contrastive.ops import num_replicas
from keras_contrastive.ops._shuffle import random_order, take_rows
from keras_contrastive.training._feature_transform import (
    FeatureTransform,
    raw_positives,
)
from keras_contrastive.training._method_card import MethodCard
from keras_contrastive.training.contrastive_model import ContrastiveModel


@export
class MoCo(ContrastiveModel):
    """Momentum contrast: many negatives from a queue of earlier keys.

    The query of one view is to pick the key that a momentum branch gives to
    the other, among the keys of earlier steps. As in the authors' code the
    branch follows before the keys are made, and keys enter the queue after
    they have served.

    Keys of one batch share their batch statistics, and older negatives do
    not: a leak that the authors close by batch normalisation of parts of the
    batch, in another order for the keys than for the queries. Here the same:
    keys are always shuffled over the global batch, and encoders with
    `batch_norm_splits=8` normalise parts of it, on any number of devices.

    Args:
        encoder: `keras.Model`, images to features `(batch, features)`.
        views: Layer that makes the two views, or None for ready ones.
        projector: Layer, features to projections. Defaults to that of v1, one
            linear layer to 128; v2 has two, `ProjectionHead(128,
            use_batch_norm=False)`.
        queue_size: Integer, keys kept. Defaults to 65536.
        momentum: Float in [0, 1], share of the branch kept at each step, or a
            schedule. Defaults to 0.999.
        temperature: Positive float. Defaults to 0.07; v2 uses 0.2.
        symmetric: Boolean, whether each view is also the key of the other;
            both keys then enter the queue. Defaults to False.
        feature_transform: `layers.PositiveExtrapolation`,
            `layers.NegativeInterpolation`, a list of both, or None.
            Untransformed keys enter the queue.
        seed: Integer seed of queue and shuffling, or None.

    Outputs: `queries` and `keys`, each a list with a tensor `(batch, units)`
        for each direction, and `negatives`, `(queue_size, units)`. With a
        transform they are normalised and then transformed, and there is
        `cosines`, a list with a tensor `(batch,)`: queries with their keys
        before that.

    Example:

    >>> model = keras_contrastive.MoCo(
    ...     encoder=keras_contrastive.encoders.ResNet18(
    ...         (32, 32, 3), batch_norm_splits=8
    ...     ),
    ...     views=keras_contrastive.views.moco_v2(32, blur=False),
    ...     queue_size=4096,
    ...     momentum=0.99,
    ...     temperature=0.1,
    ... )

    Reference: He et al., 2019, https://arxiv.org/abs/1911.05722; v2: Chen et
        al., 2020, https://arxiv.org/abs/2003.04297.
    """

    card = MethodCard(
        paper="He et al., 2019",
        url="https://arxiv.org/abs/1911.05722",
        idea="Each query is to pick its key among the keys of earlier steps.",
        negatives="queue",
        loss="QueueInfoNCE",
        views="moco_v1, moco_v2",
        momentum=True,
        memory="queue",
    )
    objective_names = ("info_nce",)

    def __init__(
        self,
        encoder,
        views=None,
        projector=None,
        *,
        queue_size=65536,
        momentum=0.999,
        temperature=0.07,
        symmetric=False,
        feature_transform=None,
        seed=None,
        **kwargs,
    ):
        super().__init__(encoder, views, **kwargs)
        self.projector = projector or ProjectionHead(
            128, num_layers=1, use_batch_norm=False
        )
        self.target = MomentumBranch([encoder, self.projector], momentum)
        self.seed = random.randint(0, 2**31 - 1) if seed is None else seed
        self.queue = FeatureQueue(queue_size, self.seed)
        self.symmetric = symmetric
        self.feature_transform = FeatureTransform(feature_transform)
        self.info_nce = QueueInfoNCE(
            temperature,
            normalize=not self.feature_transform.is_given,
            reduction=None,
        )

    def embed(self, views, training=False):
        return self.transform(self.compare(views, training), training)

    def compare(self, views, training):
        """Queries of two views, their keys, and the keys of earlier steps."""
        if training:
            self.target.follow([self.encoder, self.projector])
        sources = views if self.symmetric else views[:1]
        queries = [
            self.projector(self.encode([view], training)[0], training=training)
            for view in sources
        ]
        sources = views[::-1] if self.symmetric else views[1:]
        keys = [self.keys(view, training) for view in sources]
        entering = ops.concatenate(keys, axis=0)
        negatives = self.queue(entering, training=training)
        return {"queries": queries, "keys": keys, "negatives": negatives}

    def transform(self, outputs, training):
        if not self.feature_transform.is_given:
            return outputs
        queries, keys, cosines = self.feature_transform.move_pairs(
            outputs["queries"], outputs["keys"], training
        )
        return {
            "queries": queries,
            "keys": keys,
            "negatives": self.feature_transform.mix(
                outputs["negatives"], training
            ),
            "cosines": cosines,
        }

    def keys(self, view, training):
        if not training:
            return self.target(view)
        count = num_replicas() * ops.shape(view)[0]
        order = random_order(self.seed, self.target.calls, count)
        keys = self.target(take_rows(view, order), training=True)
        return take_rows(keys, ops.argsort(order))

    def objectives(self, outputs):
        pairs = zip(outputs["queries"], outputs["keys"], strict=True)
        return {
            "info_nce": sum(
                self.info_nce((keys, outputs["negatives"]), queries)
                for queries, keys in pairs
            )
        }

    def scores(self, outputs):
        pairs = zip(outputs["queries"], outputs["keys"], strict=True)
        scores = join(
            [
                self.info_nce.scores((keys, outputs["negatives"]), queries)
                for queries, keys in pairs
            ]
        )
        return dataclasses.replace(scores, raw_positives=raw_positives(outputs))

    def get_config(self):
        return {
            **super().get_config(),
            "projector": serialize(self.projector),
            "queue_size": self.queue.size,
            "momentum": serialize(self.target.momentum),
            "temperature": self.info_nce.temperature,
            "symmetric": self.symmetric,
            "feature_transform": self.feature_transform.config(),
            "seed": self.seed,
        }

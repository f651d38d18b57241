from typing import Any

import keras
from keras import ops

from keras_contrastive._check_integer import check_integer
from keras_contrastive._check_temperature import check_temperature
from keras_contrastive._keras_internals import layers_of
from keras_contrastive._seed import seed_of
from keras_contrastive.contrasts import Contrast, among
from keras_contrastive.layers import (
    FeatureQueue,
    MomentumBranch,
    ProjectionHead,
)
from keras_contrastive.layers._batch_statistics import use_batch_statistics
from keras_contrastive.losses import SOFTMAX
from keras_contrastive.ops import num_replicas
from keras_contrastive.ops._shuffle import random_order, take_rows
from keras_contrastive.training import ContrastiveModel


class MomentumQueue(ContrastiveModel):
    """Queries are to pick their keys among the keys of earlier steps.

    Abstract. Keys come from a momentum branch, in another order of the batch
    than the queries. Arguments are those of `MoCo`.

    Outputs: `projections`, the queries, and `keys`, each a list with a tensor
        `(batch, units)` for each direction, and `negatives`, `(queue_size,
        units)`.
    """

    pair_loss = SOFTMAX
    remembers_negatives = True

    def __init__(
        self,
        encoder: keras.Model,
        views: keras.layers.Layer | None = None,
        projector: keras.layers.Layer | None = None,
        *,
        queue_size: int = 65536,
        momentum: Any = 0.999,
        temperature: float = 0.07,
        batch_norm_splits: int | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        check_integer("queue_size", queue_size, 1, meaning=" keys")
        super().__init__(encoder, views, **kwargs)
        self.projector = projector or ProjectionHead(
            128, num_layers=1, use_batch_norm=False
        )
        self.target = MomentumBranch([encoder, self.projector], momentum)
        self.seed = seed_of(seed)
        self.queue = FeatureQueue(queue_size, self.seed)
        self.queue_size, self.momentum = queue_size, momentum
        self.temperature = check_temperature(temperature)
        if batch_norm_splits is not None:
            check_integer("batch_norm_splits", batch_norm_splits, 1)
        self.batch_norm_splits = batch_norm_splits

    def build(self, input_shape: Any) -> None:
        super().build(input_shape)
        for encoder in (self.encoder, self.target.branch[0]):
            use_batch_statistics(layers_of(encoder), self.batch_norm_splits)

    def follow(self) -> None:
        self.target.follow([self.encoder, self.projector])

    def project(self, features: list, training: bool) -> list:
        return [self.projector(h, training=training) for h in features]

    def keys_of(self, views: list, training: bool) -> dict[str, Any]:
        """Keys of the views, and those of earlier steps."""
        keys = [self.key(view, training) for view in views]
        entering = ops.concatenate(keys, axis=0)
        return {
            "keys": keys,
            "negatives": self.queue(entering, training=training),
        }

    def key(self, view: Any, training: bool) -> Any:
        if not training:
            return self.target(view)
        count = num_replicas() * ops.shape(view)[0]
        order = random_order(self.seed, self.target.calls, count)
        keys = self.target(take_rows(view, order), training=True)
        return take_rows(keys, ops.argsort(order))

    def directions(self, outputs: dict[str, Any]) -> list[Contrast]:
        """The contrast of each query with its key and the queue."""
        pairs = zip(outputs["projections"], outputs["keys"], strict=True)
        return [
            among(
                query,
                key,
                outputs["negatives"],
                temperature=self.temperature,
            )
            for query, key in pairs
        ]

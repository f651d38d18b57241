from typing import Any

import keras

from keras_contrastive._export import export
from keras_contrastive.methods._momentum_queue import MomentumQueue


@export
class MoCo(MomentumQueue):
    """Momentum contrast: many negatives from a queue of earlier keys.

    The query of one view is to pick the key that a momentum branch gives to
    the other, among the keys of earlier steps. As in the authors' code the
    branch follows before the keys are made, and keys enter the queue after
    they have served.

    Keys of one batch share their batch statistics, and older negatives do
    not: a leak that the authors close by batch normalization of parts of the
    batch, in another order for the keys than for the queries. Here the same:
    keys are always shuffled over the global batch, and with
    `batch_norm_splits=8` the encoder normalizes parts of it, on any number of
    devices.

    Args:
        encoder: `keras.Model`, images to features `(batch, features)`.
        views: Layer that makes the two views, or None for ready ones.
        projector: Layer, features to projections. Defaults to that of v1, one
            linear layer to 128; v2 has two, `ProjectionHead(128,
            use_batch_norm=False)`.
        queue_size: Integer, keys kept, as many as enter in a step or more: a
            batch, or two if `symmetric`. The authors' code asks for a multiple
            of that, which is not needed here. Defaults to 65536.
        momentum: Float in [0, 1], share of the branch kept at each step, or a
            schedule. Defaults to 0.999.
        temperature: Positive float. Defaults to 0.07; v2 uses 0.2.
        symmetric: Boolean, whether each view is also the key of the other;
            both keys then enter the queue. Defaults to False.
        batch_norm_splits: Integer, equal parts of the global batch that batch
            normalization in the encoder sees one by one, the number of GPUs
            in the authors' code; or None for the whole batch. The encoder
            keeps to it until another model is made of it; one that is saved
            and loaded has forgotten it.
        seed: Integer seed of queue and shuffling, or None.
        **kwargs: `modules`, `feature_transform`, `term_weights`: see
            `keras_contrastive.ContrastiveModel`.

    Outputs: `projections`, the queries, and `keys`, each a list with a tensor
        `(batch, units)` for each direction, and `negatives`, `(queue_size,
        units)`. Keys that are transformed enter the queue as they were.

    Example:

    >>> model = keras_contrastive.MoCo(
    ...     encoder=keras_contrastive.encoders.ResNet18((32, 32, 3)),
    ...     views=keras_contrastive.views.moco_v2(32, blur=False),
    ...     queue_size=4096,
    ...     momentum=0.99,
    ...     temperature=0.1,
    ...     batch_norm_splits=8,
    ... )

    Reference: He et al., 2019, https://arxiv.org/abs/1911.05722; v2: Chen et
        al., 2020, https://arxiv.org/abs/2003.04297.
    """

    objective_names = ("info_nce",)
    sums_contrasts = True

    def __init__(
        self,
        encoder: keras.Model,
        views: keras.layers.Layer | None = None,
        projector: keras.layers.Layer | None = None,
        *,
        symmetric: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(encoder, views, projector, **kwargs)
        self.symmetric = symmetric

    def view_features(self, views, training=False):
        queried = views if self.symmetric else views[:1]
        return [self.encode([view], training)[0] for view in queried]

    def embed(self, views, features, training=False):
        # A module has both views encoded, also where one is queried.
        queried = features if self.symmetric else features[:1]
        keyed = views[::-1] if self.symmetric else views[1:]
        return {
            "projections": self.project(queried, training),
            **self.keys_of(keyed, training),
        }

    def contrasts(self, outputs):
        return {"info_nce": self.directions(outputs)}

from typing import Any

import keras

from keras_contrastive._check_equal_widths import check_equal_widths
from keras_contrastive._export import export
from keras_contrastive.layers import JigsawHead, ProjectionHead
from keras_contrastive.methods._momentum_queue import MomentumQueue


@export
class InfoMin(MomentumQueue):
    """MoCo v2 on views that share little, and a jigsaw of the image.

    Strong augmentation leaves the views less in common than they had, and so
    less that is of no use; see `views.infomin`. Beside the query of one view,
    the pieces of the image in random order make a second query for the same
    key. As in the authors' code the pieces pass the encoder in a call of
    their own, and never the momentum branch.

    Args:
        encoder: `keras.Model`, images to features `(batch, features)`. It
            takes views and pieces, so its sides must be open:
            `input_shape=(None, None, 3)`.
        views: Layer that makes two views and the pieces, such as
            `keras_contrastive.views.infomin(...)`, or None for ready ones.
        projector: Layer, features to projections. Defaults to that of MoCo
            v2, `ProjectionHead(128, use_batch_norm=False)`.
        jigsaw_head: Layer, features of the pieces to a projection. Defaults
            to `JigsawHead(128, hidden_units=2048)`.
        queue_size: Integer, keys kept. Defaults to 65536.
        momentum: Float in [0, 1], share of the branch kept at each step, or a
            schedule. Defaults to 0.999.
        temperature: Positive float. Defaults to 0.15.
        term_weights: Dictionary, of `instance` and `jigsaw`; terms not named
            weigh 0.5, as in the authors' code.
        batch_norm_splits: As for `MoCo`.
        seed: Integer seed of queue and shuffling, or None.
        **kwargs: `modules`, `feature_transform`: see
            `keras_contrastive.ContrastiveModel`.

    Outputs: Those of `MoCo`; `projections` holds that of the view and that of
        the pieces, `keys` twice the key.

    Example:

    >>> model = keras_contrastive.InfoMin(
    ...     encoder=keras_contrastive.encoders.ResNet18((None, None, 3)),
    ...     views=keras_contrastive.views.infomin(
    ...         image_size=96, jigsaw_size=96, patch_size=24
    ...     ),
    ...     batch_norm_splits=8,
    ... )

    Reference: Tian et al., 2020, https://arxiv.org/abs/2005.10243, and the
        release of PyContrast.
    """

    objective_names = ("instance", "jigsaw")
    view_ranks = (4, 4, 5)

    def __init__(
        self,
        encoder: keras.Model,
        views: keras.layers.Layer | None = None,
        projector: keras.layers.Layer | None = None,
        jigsaw_head: keras.layers.Layer | None = None,
        *,
        temperature: float = 0.15,
        term_weights: dict[str, float] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            encoder,
            views,
            projector or ProjectionHead(128, use_batch_norm=False),
            temperature=temperature,
            term_weights={
                "instance": 0.5,
                "jigsaw": 0.5,
                **(term_weights or {}),
            },
            **kwargs,
        )
        self.jigsaw_head = jigsaw_head or JigsawHead(128, hidden_units=2048)

    def view_features(self, views, training=False):
        (features,) = self.encode(views[:1], training)
        return [features, self.encode_parts(views[2], training)]

    def embed(self, views, features, training=False):
        query, pieces = features
        (query,) = self.project([query], training)
        remembered = self.keys_of(views[1:2], training)
        jigsaw = self.jigsaw_head(pieces, training=training)
        check_equal_widths(query, jigsaw, "jigsaw_head")
        return {
            "projections": [query, jigsaw],
            "keys": 2 * remembered["keys"],
            "negatives": remembered["negatives"],
        }

    def contrasts(self, outputs):
        instance, jigsaw = self.directions(outputs)
        return {"instance": [instance], "jigsaw": [jigsaw]}

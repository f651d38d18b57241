from keras.saving import serialize_keras_object as serialize

from keras_contrastive._export import export
from keras_contrastive.layers import JigsawHead, ProjectionHead
from keras_contrastive.methods.moco import MoCo
from keras_contrastive.training._check_parts import check_equal_widths
from keras_contrastive.training._method_card import MethodCard


@export
class InfoMin(MoCo):
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
        feature_transform: As for `MoCo`.
        seed: Integer seed of queue and shuffling, or None.

    Outputs: Those of `MoCo`; `queries` holds that of the view and that of the
        pieces, `keys` twice the key.

    Example:

    >>> model = keras_contrastive.InfoMin(
    ...     encoder=keras_contrastive.encoders.ResNet18(
    ...         (None, None, 3), batch_norm_splits=8
    ...     ),
    ...     views=keras_contrastive.views.infomin(
    ...         image_size=96, jigsaw_size=96, patch_size=24
    ...     ),
    ... )

    Reference: Tian et al., 2020, https://arxiv.org/abs/2005.10243, and the
        release of PyContrast.
    """

    card = MethodCard(
        paper="Tian et al., 2020",
        url="https://arxiv.org/abs/2005.10243",
        idea="Views that share little, and a jigsaw, are to pick their key "
        "among the keys of earlier steps.",
        negatives="queue",
        loss="QueueInfoNCE",
        views="infomin",
        momentum=True,
        memory="queue",
        heads="projector, jigsaw head",
    )
    objective_names = ("instance", "jigsaw")
    view_ranks = (4, 4, 5)

    def __init__(
        self,
        encoder,
        views=None,
        projector=None,
        jigsaw_head=None,
        *,
        queue_size=65536,
        momentum=0.999,
        temperature=0.15,
        term_weights=None,
        feature_transform=None,
        seed=None,
        **kwargs,
    ):
        weights = {"instance": 0.5, "jigsaw": 0.5, **(term_weights or {})}
        super().__init__(
            encoder,
            views,
            projector or ProjectionHead(128, use_batch_norm=False),
            queue_size=queue_size,
            momentum=momentum,
            temperature=temperature,
            symmetric=False,
            term_weights=weights,
            feature_transform=feature_transform,
            seed=seed,
            **kwargs,
        )
        self.jigsaw_head = jigsaw_head or JigsawHead(128, hidden_units=2048)

    def embed(self, views, training=False):
        *pair, pieces = views
        outputs = self.compare(pair, training)
        features = self.encode_parts(pieces, training)
        jigsaw = self.jigsaw_head(features, training=training)
        check_equal_widths(outputs["queries"][0], jigsaw)
        outputs["queries"].append(jigsaw)
        outputs["keys"] = 2 * outputs["keys"]
        return self.transform(outputs, training)

    def objectives(self, outputs):
        triples = zip(
            self.objective_names,
            outputs["queries"],
            outputs["keys"],
            strict=True,
        )
        return {
            name: self.info_nce((key, outputs["negatives"]), query)
            for name, query, key in triples
        }

    def get_config(self):
        config = super().get_config()
        del config["symmetric"]
        return {**config, "jigsaw_head": serialize(self.jigsaw_head)}

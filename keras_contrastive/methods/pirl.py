from typing import Any

import keras

from keras_contrastive._check_equal_widths import check_equal_widths
from keras_contrastive._export import export
from keras_contrastive.layers import JigsawHead, ProjectionHead
from keras_contrastive.methods._remembered import Remembered

TERMS = "image", "jigsaw"


@export
class PIRL(Remembered):
    """Pretext-invariant representations: an image is like its own jigsaw.

    The projection of a view, and that of its pieces in random order, are to
    pick their image among those of a memory bank, which remembers projections
    of views alone. With the jigsaw's weight at 0 it is `InstDis`.

    With sampled negatives each of the two terms has a constant Z of its own,
    by its own scores of the first batch, which is our choice: the authors'
    code (VISSL) has one for both, by the scores of the pieces, and the paper
    none.

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
        seed: Integer seed of bank and negatives, or None.
        **kwargs: `modules`, `feature_transform`: as for `InstDis`.

    Input: `{"images": ..., "index": ...}`.

    Outputs: `projections`, a list with one tensor `(batch, units)` for the
        view and one for the pieces; `own`, `negatives`, `index` and `log_z` as
        those of `InstDis`.

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

    objective_names = TERMS
    view_ranks = (4, 5)

    def __init__(
        self,
        encoder: keras.Model,
        views: keras.layers.Layer | None = None,
        projector: keras.layers.Layer | None = None,
        jigsaw_head: keras.layers.Layer | None = None,
        *,
        num_negatives: int | None = 32000,
        term_weights: dict[str, float] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            encoder,
            views,
            num_negatives=num_negatives,
            term_weights={"image": 0.5, "jigsaw": 0.5, **(term_weights or {})},
            **kwargs,
        )
        self.projector = projector or ProjectionHead(
            128, num_layers=1, use_batch_norm=False
        )
        self.jigsaw_head = jigsaw_head or JigsawHead(128)
        self.bank = self.make_bank()
        self.remember(*TERMS)

    def view_features(self, views, training=False):
        image, pieces = views
        (features,) = self.encode([image], training)
        return [features, self.encode_parts(pieces, training)]

    def embed(self, views, features, training=False, *, index):
        image = self.projector(features[0], training=training)
        jigsaw = self.jigsaw_head(features[1], training=training)
        check_equal_widths(image, jigsaw, "jigsaw_head")
        own, negatives = self.bank(image, index, training=training)
        return {
            "projections": [image, jigsaw],
            "own": own,
            "negatives": negatives,
            "index": index,
        }

    def contrasts(self, outputs):
        remembered = outputs["own"], outputs["negatives"]
        queries = zip(TERMS, outputs["projections"], strict=True)
        return {
            term: [self.among_images(term, query, remembered, outputs)]
            for term, query in queries
        }

import keras
from keras import ops
from keras.saving import serialize_keras_object as serialize

from keras_contrastive._check_integer import check_integer
from keras_contrastive._export import export
from keras_contrastive.layers import PatchContext
from keras_contrastive.losses._pairs import without_own
from keras_contrastive.losses._scores import join, softmax_scores
from keras_contrastive.ops import gather, global_rows, wide_float
from keras_contrastive.ops._mean import mean
from keras_contrastive.training._method_card import MethodCard
from keras_contrastive.training.contrastive_model import ContrastiveModel

# In place of a temperature, as in the paper's code.
SCALE = 0.1


@export
class CPC(ContrastiveModel):
    """Contrastive predictive coding: what lies further down in the image?

    The encoder sees single patches of a grid. From the patches of a row and
    above it, a context network predicts patches further down, one linear map
    for each distance; a prediction is to pick its patch among all patches of
    all images of the global batch. As the code in the paper on CPC v2, with
    one direction, downwards. There is neither temperature nor normalisation.

    Args:
        encoder: `keras.Model`, patches to features `(batch, features)`.
        views: Layer that makes the grid of patches, such as
            `keras_contrastive.views.cpc(...)`, or None for ready grids.
        context: Layer, `(batch, rows, columns, features)` to the same shape,
            that lets no row know of the rows below. Defaults to
            `PatchContext()`.
        offsets: Tuple of integers, rows from the context down to the patch
            that is predicted. Patches that overlap the context's are too
            easy. Defaults to `(3,)`.
        target_units: Integer, width in which patches are compared. Defaults
            to 64.

    Outputs: `targets`, `(batch, rows, columns, target_units)`, and
        `predictions`, a list with a tensor `(batch, rows - offset, columns,
        target_units)` for each offset.

    Example:

    >>> model = keras_contrastive.CPC(
    ...     encoder=keras_contrastive.encoders.ResNet18((16, 16, 3)),
    ...     views=keras_contrastive.views.cpc(
    ...         image_size=64, patch_size=16, stride=8, crop=None
    ...     ),
    ... )

    Reference: van den Oord et al., 2018, https://arxiv.org/abs/1807.03748,
        equation 4; Henaff et al., 2019, https://arxiv.org/abs/1905.09272.
    """

    card = MethodCard(
        paper="van den Oord et al., 2018",
        url="https://arxiv.org/abs/1807.03748",
        idea="From the patches above, predict patches further down, among all "
        "patches of the batch.",
        negatives="patches of the batch",
        loss="patch InfoNCE",
        views="cpc",
        heads="context network, linear maps",
    )
    objective_names = ("info_nce",)
    view_ranks = (6,)

    def __init__(
        self,
        encoder,
        views=None,
        context=None,
        *,
        offsets=(3,),
        target_units=64,
        **kwargs,
    ):
        super().__init__(encoder, views, **kwargs)
        for offset in offsets:
            check_integer("offsets", offset, 1, meaning=" rows")
        self.offsets, self.target_units = tuple(offsets), target_units
        self.context = context or PatchContext()
        self.to_targets = keras.layers.Dense(target_units)
        self.to_predictions = [
            keras.layers.Dense(target_units) for _ in offsets
        ]

    def embed(self, views, training=False):
        (grid,) = views
        if grid.shape[1] <= max(self.offsets):
            raise ValueError(
                "`offsets` must be below the number of rows of the grid. "
                f"Received: offsets={self.offsets}, {grid.shape[1]} rows"
            )
        features = self.encode_parts(grid, training)
        context = self.context(features, training=training)
        return {
            "targets": self.to_targets(features),
            "predictions": [
                predict(context[:, :-offset])
                for predict, offset in zip(
                    self.to_predictions, self.offsets, strict=True
                )
            ],
        }

    def objectives(self, outputs):
        targets = wide_float(outputs["targets"])
        pairs = zip(outputs["predictions"], self.offsets, strict=True)
        return {
            "info_nce": sum(
                patch_info_nce(wide_float(predictions), targets, offset)
                for predictions, offset in pairs
            )
        }

    def scores(self, outputs):
        pairs = zip(outputs["predictions"], self.offsets, strict=True)
        return join(
            [patch_scores(p, outputs["targets"], offset) for p, offset in pairs]
        )

    def get_config(self):
        return {
            **super().get_config(),
            "context": serialize(self.context),
            "offsets": self.offsets,
            "target_units": self.target_units,
        }


def patch_info_nce(predictions, targets, offset):
    """Mean cross entropy of the predictions of an image, `(batch,)`."""
    products, own = patch_products(predictions, targets, offset)
    logits = SCALE * products
    positive = ops.take_along_axis(logits, own, axis=1)[:, 0]
    loss = ops.logsumexp(logits, axis=1) - positive
    _, rows, columns, _ = predictions.shape
    return mean(ops.reshape(loss, (-1, rows * columns)), axis=1)


def patch_scores(predictions, targets, offset):
    predictions, targets = wide_float(predictions), wide_float(targets)
    products, own = patch_products(predictions, targets, offset)
    positives = ops.take_along_axis(products, own, axis=1)[:, 0]
    negatives = without_own(products, own[:, 0])
    return softmax_scores(positives, negatives, 1 / SCALE)


def patch_products(predictions, targets, offset):
    """Products of predictions and patches, and the column of the positive."""
    batch, (rows, columns, units) = ops.shape(targets)[0], targets.shape[1:]
    candidates = ops.reshape(gather(targets), (-1, units))
    queries = ops.reshape(predictions, (-1, units))
    products = ops.matmul(queries, ops.transpose(candidates))
    image = global_rows(batch)[:, None, None] * (rows * columns)
    row = ops.arange(offset, rows, dtype="int32")[None, :, None] * columns
    column = ops.arange(columns, dtype="int32")[None, None]
    return products, ops.reshape(image + row + column, (-1, 1))

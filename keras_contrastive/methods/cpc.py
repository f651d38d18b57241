from typing import Any

import keras
from keras import ops

from keras_contrastive._check_integer import check_integer
from keras_contrastive._export import export
from keras_contrastive.contrasts import Contrast
from keras_contrastive.layers import PatchContext
from keras_contrastive.losses import SOFTMAX
from keras_contrastive.ops import gather, global_rows, wide_float
from keras_contrastive.training import ContrastiveModel

# In place of a temperature, as in the paper's code.
SCALE = 0.1


@export
class CPC(ContrastiveModel):
    """Contrastive predictive coding: what lies further down in the image?

    The encoder sees single patches of a grid. From the patches of a row and
    above it, a context network predicts patches further down, one linear map
    for each distance; a prediction is to pick its patch among all patches of
    all images of the global batch. As the code in the paper on CPC v2, with
    one direction, downwards. There is neither temperature nor normalization.

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
        **kwargs: `modules`, `feature_transform`, `term_weights`: see
            `keras_contrastive.ContrastiveModel`.

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

    objective_names = ("info_nce",)
    view_ranks = (6,)
    pair_loss, sums_contrasts = SOFTMAX, True

    def __init__(
        self,
        encoder: keras.Model,
        views: keras.layers.Layer | None = None,
        context: keras.layers.Layer | None = None,
        *,
        offsets: tuple[int, ...] = (3,),
        target_units: int = 64,
        **kwargs: Any,
    ) -> None:
        super().__init__(encoder, views, **kwargs)
        for offset in offsets:
            check_integer("offsets", offset, 1, meaning=" rows")
        check_integer("target_units", target_units, 1)
        self.offsets, self.target_units = tuple(offsets), target_units
        self.context = context or PatchContext()
        self.to_targets = keras.layers.Dense(target_units)
        self.to_predictions = [
            keras.layers.Dense(target_units) for _ in offsets
        ]

    def view_features(self, views, training=False):
        return [self.encode_parts(views[0], training)]

    def embed(self, views, features, training=False):
        (grid,), (features,) = views, features
        if grid.shape[1] <= max(self.offsets):
            raise ValueError(
                "`offsets` must be below the number of rows of the grid. "
                f"Received: offsets={self.offsets}, {grid.shape[1]} rows"
            )
        context = self.context(features, training=training)
        predictors = zip(self.to_predictions, self.offsets, strict=True)
        return {
            "targets": self.to_targets(features),
            "predictions": [
                predict(context[:, :-offset]) for predict, offset in predictors
            ],
        }

    def contrasts(self, outputs):
        targets = wide_float(outputs["targets"])
        units = targets.shape[-1]
        candidates = ops.reshape(gather(targets), (-1, units))
        predicted = zip(outputs["predictions"], self.offsets, strict=True)
        return {
            "info_nce": [
                Contrast(
                    ops.reshape(wide_float(predictions), (-1, units)),
                    ops.reshape(targets[:, offset:], (-1, units)),
                    candidates,
                    places_below(targets, offset),
                    temperature=1 / SCALE,
                    per_image=predictions.shape[1] * predictions.shape[2],
                )
                for predictions, offset in predicted
            ]
        }


def places_below(targets, offset):
    """Where the patches from a row on stand among those of all images."""
    batch, (rows, columns, _) = ops.shape(targets)[0], targets.shape[1:]
    image = global_rows(batch)[:, None, None] * (rows * columns)
    row = ops.arange(offset, rows, dtype="int32")[None, :, None] * columns
    column = ops.arange(columns, dtype="int32")[None, None]
    return ops.reshape(image + row + column, (-1,))

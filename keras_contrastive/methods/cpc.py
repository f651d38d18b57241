from typing import Any

import keras
from keras import ops

from keras_contrastive._check_integer import check_integer
from keras_contrastive._copy_layer import copy_layer
from keras_contrastive._export import export
from keras_contrastive.contrasts import Contrast
from keras_contrastive.layers import PatchContext
from keras_contrastive.losses import SOFTMAX
from keras_contrastive.ops import gather, global_rows, wide_float
from keras_contrastive.training import ContrastiveModel

# In place of a temperature, as in the paper's code.
SCALE = 0.1
# How a grid is turned for the predicted patches to lie below.
TURNS = {
    "down": lambda grid: grid,
    "up": lambda grid: ops.flip(grid, axis=1),
    "right": lambda grid: ops.swapaxes(grid, 1, 2),
    "left": lambda grid: ops.flip(ops.swapaxes(grid, 1, 2), axis=1),
}


@export
class CPC(ContrastiveModel):
    """Contrastive predictive coding: what lies further down in the image?

    The encoder sees single patches of a grid. From the patches of a row and
    above it, a context network predicts patches further down, one linear map
    for each distance; a prediction is to pick its patch among all patches of
    all images of the global batch. As the code in the paper on CPC v2, which
    has one direction, downwards; the paper's results have four. There is
    neither temperature nor normalization.

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
        directions: Tuple of `"down"`, `"up"`, `"right"` and `"left"`, where
            predicted patches lie. Each has a context network and linear maps
            of its own and sees the grid turned; all share the map of the
            targets. Their losses are summed. Defaults to `("down",)`.
        target_units: Integer, width in which patches are compared. Defaults
            to 64.
        **kwargs: `modules`, `feature_transform`, `term_weights`: see
            `keras_contrastive.ContrastiveModel`.

    Outputs: `targets`, `(batch, rows, columns, target_units)`, and
        `predictions`, a list with a tensor `(batch, rows - offset, columns,
        target_units)` for each direction and offset, offset by offset, rows
        and columns those of the turned grid.

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
        directions: tuple[str, ...] = ("down",),
        target_units: int = 64,
        **kwargs: Any,
    ) -> None:
        super().__init__(encoder, views, **kwargs)
        for offset in offsets:
            check_integer("offsets", offset, 1, meaning=" rows")
        check_integer("target_units", target_units, 1)
        check_directions(directions)
        self.offsets, self.target_units = tuple(offsets), target_units
        self.directions = tuple(directions)
        self.context = context or PatchContext()
        self.to_targets = keras.layers.Dense(target_units)
        self.to_predictions = [
            keras.layers.Dense(target_units) for _ in self.predicted
        ]
        self.further_contexts = [
            copy_layer(self.context, "context") for _ in directions[1:]
        ]

    @property
    def predicted(self):
        """Pairs of direction and offset."""
        return [(d, offset) for d in self.directions for offset in self.offsets]

    def view_features(self, views, training=False):
        return [self.encode_parts(views[0], training)]

    def embed(self, views, features, training=False):
        (features,) = features
        turned = {d: TURNS[d](features) for d in self.directions}
        check_offsets(self.offsets, turned)
        networks = [self.context, *self.further_contexts]
        contexts = {
            direction: context(turned[direction], training=training)
            for direction, context in zip(
                self.directions, networks, strict=True
            )
        }
        predictors = zip(self.to_predictions, self.predicted, strict=True)
        return {
            "targets": self.to_targets(features),
            "predictions": [
                predict(contexts[direction][:, :-offset])
                for predict, (direction, offset) in predictors
            ],
        }

    def contrasts(self, outputs):
        targets = wide_float(outputs["targets"])
        units, places = targets.shape[-1], places_of(targets)
        candidates = ops.reshape(gather(targets), (-1, units))

        def below(grid, direction, offset):
            return TURNS[direction](grid)[:, offset:]

        predicted = zip(outputs["predictions"], self.predicted, strict=True)
        return {
            "info_nce": [
                Contrast(
                    ops.reshape(wide_float(predictions), (-1, units)),
                    ops.reshape(below(targets, *where), (-1, units)),
                    candidates,
                    ops.reshape(below(places, *where), (-1,)),
                    temperature=1 / SCALE,
                    per_image=predictions.shape[1] * predictions.shape[2],
                )
                for predictions, where in predicted
            ]
        }


def places_of(targets):
    """Where the patches of a grid stand among those of all images."""
    batch, (rows, columns, _) = ops.shape(targets)[0], targets.shape[1:]
    image = global_rows(batch)[:, None, None] * (rows * columns)
    row = ops.arange(rows, dtype="int32")[None, :, None] * columns
    column = ops.arange(columns, dtype="int32")[None, None]
    return image + row + column


def check_directions(directions):
    known = set(directions) <= set(TURNS)
    if not directions or not known or len(set(directions)) < len(directions):
        raise ValueError(
            f"`directions` must be some of {tuple(TURNS)}, each at most once. "
            f"Received: directions={directions}"
        )


def check_offsets(offsets, turned):
    for direction, grid in turned.items():
        if grid.shape[1] <= max(offsets):
            raise ValueError(
                "`offsets` must be below the number of rows of the grid, or "
                'of columns for "right" and "left". '
                f"Received: offsets={offsets}, {grid.shape[1]} rows {direction}"
            )

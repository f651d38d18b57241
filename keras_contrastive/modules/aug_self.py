from typing import Any

from keras import ops

from keras_contrastive._export import export
from keras_contrastive.layers import ProjectionHead
from keras_contrastive.modules._augmentation import (
    NUMBERS,
    differences,
    errors,
    transform_of,
)
from keras_contrastive.modules.module import Module
from keras_contrastive.ops import wide_float
from keras_contrastive.ops._in_one_call import in_one_call


@export
class AugSelf(Module):
    """AugSelf on any method: tell how two views of an image differ.

    From the features of both views a small network for each kind of
    augmentation predicts the difference of their parameters, and again with
    the views swapped. So the features keep what augmentations change.

    * `crop`: center and size, as shares of the image; the center is mirrored
      in a mirrored view. Mean squared error of the tanh of the prediction.
    * `color`: factors of brightness, contrast, saturation and hue, as shares
      of their ranges; likewise.
    * `flip`: whether both views or neither are mirrored; binary cross
      entropy.
    * `blur`: difference of sigma, 0 where not blurred; as `crop`.

    It departs from the authors' code in this: the center of a view is
    mirrored by its own flip, where theirs takes the first view's for both;
    features of both views come from one call of the encoder; with `MoCo` both
    are the encoder's, where theirs takes one from the momentum branch, and
    keys enter the queue, where theirs takes queries; the order of the color
    operations is drawn for every image, where theirs is for a batch. Rotation
    and solarization are not told of.

    Args:
        term_weights: Dictionary, kind to weight. Defaults to `{"crop": 1.0,
            "color": 1.0}`, as the authors on STL-10; on ImageNet-100 0.5 each.
        hidden_units: Integer, width of the two hidden layers of each network.
            Defaults to 512.

    Adds to the outputs, for each kind, `<kind>_predictions` and
    `<kind>_targets`, each `(batch, 2, numbers)`, one for each order of the
    views; and a term for each kind.

    It goes with `SimSiam` or any other method of two views, made by a
    `MultiView` whose pipelines have a `RandomResizedCrop`, ...

    Raises:
        ValueError: For an unknown kind, and, when it is given to a method,
            for a kind of which the pipelines have no transform, or other than
            two views.

    Example:

    >>> module = keras_contrastive.AugSelf({"crop": 1.0, "color": 1.0})
    >>> views = keras_contrastive.views.simclr(image_size=32)
    >>> model = keras_contrastive.SimSiam(encoder, views, modules=[module])

    Reference: Lee et al., 2021, https://arxiv.org/abs/2111.09613, and the
        authors' code.
    """

    needs_parameters = True

    def __init__(
        self,
        term_weights: dict[str, float] | None = None,
        *,
        hidden_units: int = 512,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if term_weights is None:
            term_weights = {"crop": 1.0, "color": 1.0}
        is_dict = isinstance(term_weights, dict) and term_weights
        if not is_dict or set(term_weights) - set(NUMBERS):
            raise ValueError(
                "`term_weights` must be a dictionary with some of "
                f"{list(NUMBERS)}. Received: term_weights={term_weights}"
            )
        self.term_weights = dict(term_weights)
        self.hidden_units = hidden_units
        self.predictors = {
            kind: ProjectionHead(
                NUMBERS[kind],
                num_layers=3,
                hidden_units=hidden_units,
                ending="bias",
            )
            for kind in term_weights
        }

    def check(self, model: Any) -> None:
        if len(model.views.pipelines) != 2:
            raise ValueError(
                "`AugSelf` goes with a method that compares two views. "
                f"Received: {len(model.views.pipelines)} views"
            )
        for kind in self.term_weights:
            for pipeline in model.views.pipelines:
                transform_of(pipeline, kind)

    def prepare(self, views: Any, image_shape: tuple[int, int, int]) -> None:
        self.image_sides = image_shape[:2]
        self.parameter_names = views.pipelines[0].parameter_names
        # One per view: they may differ in strength, not in their names.
        self.transforms = {
            kind: [transform_of(pipeline, kind) for pipeline in views.pipelines]
            for kind in self.term_weights
        }

    def embed(self, features, *, parameters, training=False, **further):
        orders = [
            ops.concatenate(pair, axis=1) for pair in (features, features[::-1])
        ]
        columns = [
            dict(zip(self.parameter_names, ops.unstack(v, axis=1), strict=True))
            for v in parameters
        ]
        outputs = {}
        for kind, predictor in self.predictors.items():
            predictions = in_one_call(predictor, orders, training)
            outputs[f"{kind}_predictions"] = ops.stack(predictions, axis=1)
            outputs[f"{kind}_targets"] = differences(
                kind, self.transforms[kind], columns, self.image_sides
            )
        return outputs

    def objectives(self, outputs):
        return {
            kind: errors(
                kind,
                wide_float(outputs[f"{kind}_predictions"]),
                wide_float(outputs[f"{kind}_targets"]),
            )
            for kind in self.predictors
        }

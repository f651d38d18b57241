from keras import ops

from keras_contrastive._export import export
from keras_contrastive.layers import ProjectionHead
from keras_contrastive.modules._auxiliary import image_shape
from keras_contrastive.modules._parametric import Parametric
from keras_contrastive.ops import wide_float
from keras_contrastive.ops._mean import mean
from keras_contrastive.training._method_card import MethodCard
from keras_contrastive.views import (
    ColorJitter,
    GaussianBlur,
    RandomResizedCrop,
)

# What is told of, how many numbers that takes, and the transform.
GROUPS = {
    "crop": (4, RandomResizedCrop),
    "color": (4, ColorJitter),
    "flip": (1, RandomResizedCrop),
    "blur": (1, GaussianBlur),
}
# Factors, and what they are in an image that is left as it is.
COLORS = {"brightness": 1.0, "contrast": 1.0, "saturation": 1.0, "hue": 0.0}


@export
class AugSelf(Parametric):
    """AugSelf on any method: tell how two views of an image differ.

    From the features of both views a small network for each kind of
    augmentation predicts the difference of their parameters, and again with
    the views swapped. So the features keep what augmentations change.

    * `crop`: centre and size, as shares of the image; the centre is mirrored
      in a mirrored view. Mean squared error of the tanh of the prediction.
    * `color`: factors of brightness, contrast, saturation and hue, as shares
      of their ranges; likewise.
    * `flip`: whether both views or neither are mirrored; binary cross
      entropy.
    * `blur`: difference of sigma, 0 where not blurred; as `crop`.

    It departs from the authors' code in this: the centre of a view is
    mirrored by its own flip, where theirs takes the first view's for both;
    features of both views come from one call of the encoder; with `MoCo` both
    are the encoder's, where theirs takes one from the momentum branch, and
    keys enter the queue, where theirs takes queries; the order of the colour
    operations is drawn for every image, where theirs is for a batch. Rotation
    and solarisation are not told of.

    Args:
        method: `SimSiam` or any other `ContrastiveModel` of two views, made
            by a `MultiView` whose pipelines have a `RandomResizedCrop`, ...
            It is trained in place.
        weights: Dictionary, kind to weight. Defaults to `{"crop": 1.0,
            "color": 1.0}`, as the authors on STL-10; on ImageNet-100 0.5 each.
        hidden_units: Integer, width of the two hidden layers of each network.
            Defaults to 512.

    Outputs: those of the method, and for each kind `<kind>_predictions` and
        `<kind>_targets`, each `(batch, 2, numbers)`, one for each order of
        the views.

    Raises:
        ValueError: For an unknown kind, one of which the pipelines have no
            transform, a method of other than two views, or a negative
            weight.

    Example:

    >>> views = keras_contrastive.views.simclr(image_size=32)
    >>> method = keras_contrastive.SimSiam(encoder, views)
    >>> model = keras_contrastive.AugSelf(method, {"crop": 1.0, "color": 1.0})

    Reference: Lee et al., 2021, https://arxiv.org/abs/2111.09613, and the
        authors' code.
    """

    card = MethodCard(
        paper="Lee et al., 2021",
        url="https://arxiv.org/abs/2111.09613",
        idea="On any method: from two views, predict how their augmentations "
        "differ.",
        negatives="none",
        loss="mean squared error",
        views="simclr",
        heads="a predictor a kind of augmentation",
    )

    def __init__(self, method, weights=None, *, hidden_units=512, **kwargs):
        weights = {"crop": 1.0, "color": 1.0} if weights is None else weights
        unknown = sorted(set(weights) - set(GROUPS))
        if unknown or not weights:
            raise ValueError(
                f"`weights` must be a dictionary with some of {list(GROUPS)}. "
                f"Received: weights={weights}"
            )
        super().__init__(method, weights, **kwargs)
        if len(self.views.pipelines) != 2:
            raise ValueError(
                "`method` must compare two views. "
                f"Received: {len(self.views.pipelines)} views"
            )
        self.hidden_units = hidden_units
        # One a view: they may differ in strength, not in their names.
        self.transforms = {
            kind: [
                find(pipeline, kind, GROUPS[kind][1])
                for pipeline in self.views.pipelines
            ]
            for kind in weights
        }
        self.predictors = {
            kind: ProjectionHead(
                GROUPS[kind][0],
                num_layers=3,
                hidden_units=hidden_units,
                ending="bias",
            )
            for kind in weights
        }

    def build(self, input_shape):
        self.image_sides = image_shape(input_shape)[:2]
        super().build(input_shape)

    def auxiliary_outputs(self, features, parameters, training):
        first, second = features
        orders = [
            ops.concatenate([first, second], axis=1),
            ops.concatenate([second, first], axis=1),
        ]
        outputs = {}
        for kind, predictor in self.predictors.items():
            predictions = self.in_one_call(predictor, orders, training)
            one, two = (
                self.describe(kind, transform, vector)
                for transform, vector in zip(
                    self.transforms[kind], parameters, strict=True
                )
            )
            target = [one - two, two - one]
            if kind == "flip":
                target = 2 * [1 - ops.abs(one - two)]
            outputs[f"{kind}_predictions"] = ops.stack(predictions, axis=1)
            outputs[f"{kind}_targets"] = ops.stack(target, axis=1)
        return outputs

    def describe(self, kind, transform, vector):
        """Numbers `(batch, numbers)` of a kind, from a parameter vector."""

        def column(name):
            full = f"{transform.name}/{name}"
            return vector[:, self.parameter_names.index(full)]

        if kind == "crop":
            height, width = self.image_sides
            y = (column("top") + column("height") / 2) / height
            x = (column("left") + column("width") / 2) / width
            flip = column("flip")
            x = flip * (1 - x) + (1 - flip) * x
            numbers = [y, x, column("height") / height, column("width") / width]
        elif kind == "color":
            numbers = [
                (column(name) - neutral) / width_of(transform, name)
                for name, neutral in COLORS.items()
            ]
        else:
            numbers = [column({"flip": "flip", "blur": "sigma"}[kind])]
        return ops.stack(numbers, axis=1)

    def auxiliary_objectives(self, outputs):
        values = {}
        for kind in self.predictors:
            predicted = wide_float(outputs[f"{kind}_predictions"])
            target = wide_float(outputs[f"{kind}_targets"])
            if kind == "flip":
                error = ops.softplus(predicted) - target * predicted
            else:
                # The tanh; `ops.tanh` rounds float64 to float32 on JAX.
                error = (2 * ops.sigmoid(2 * predicted) - 1 - target) ** 2
            values[kind] = mean(error, axis=(1, 2))
        return values

    def get_config(self):
        return {
            **super().get_config(),
            "weights": {k: self.term_weights[k] for k in self.predictors},
            "hidden_units": self.hidden_units,
        }


def find(pipeline, kind, wanted):
    for transform in pipeline.transforms:
        if isinstance(transform, wanted):
            return transform
    raise ValueError(
        f"`weights` names {kind!r}, but a pipeline of `method.views` has no "
        f"`{wanted.__name__}` among its transforms. Received: "
        f"{[type(t).__name__ for t in pipeline.transforms]}"
    )


def width_of(transform, name):
    """Length of the range of a factor; of one that never varies, 1."""
    low, high = transform.ranges[name]
    return (high - low) or 1.0

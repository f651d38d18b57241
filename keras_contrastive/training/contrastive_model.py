import inspect

import keras
from keras import ops
from keras.saving import deserialize_keras_object as deserialize
from keras.saving import serialize_keras_object as serialize

from keras_contrastive._check_input import check_input
from keras_contrastive.training._check_data import check_keys
from keras_contrastive.training._check_parts import (
    check_encoder,
    check_equal_shapes,
    check_features,
    check_labels,
    check_views,
    check_views_layer,
)
from keras_contrastive.training._fit import Pretraining
from keras_contrastive.training._mean_over_global_batch import (
    MeanOverGlobalBatch,
)
from keras_contrastive.training._shared_features import features_at_hand


class ContrastiveModel(Pretraining):
    """Trains an encoder by comparing views of the same image.

    A method implements three things and inherits the rest: `fit`, `evaluate`,
    saving, term weights, one logged curve for each term of its loss.

    * `objective_names`: the terms of the loss.
    * `view_ranks`: the rank of each view that `embed` takes, 4 for images, 5
      for the pieces of one, 6 for a grid of patches. Defaults to two images.
    * `embed(views, training)`: views to a dictionary of named outputs. State
      (queues, moving averages) moves here and only in training. A method with
      a memory of images adds an argument `index`.
    * `objectives(outputs)`: outputs to `{name: (batch,) values}`. Pure. A
      method that learns from labels adds an argument `labels`.

    Args:
        encoder: `keras.Model`, images in 0..1 to features `(batch,
            features)`. It is trained in place: the object you keep.
        views: Layer that turns images into views, such as
            `keras_contrastive.views.simclr(...)`. With None, `x` is a tuple
            of ready views, floats in 0..1.
        term_weights: Dictionary, name of a term to its weight in the loss.
            Terms not named weigh 1.

    Input: `images`, `uint8` in 0..255 or float in 0..1, shape `(batch, height,
        width, channels)`; or `{"images": ..., "index": ...}`; or, without
        `views`, a tuple of views. Labels are optional and ignored by methods
        that do not learn from them.

    Raises:
        ValueError: For an encoder with outputs other than `(batch,
            features)`, views that are no layer, or weights for unknown terms.

    Example:

    >>> class Alignment(keras_contrastive.ContrastiveModel):
    ...     objective_names = ("alignment",)
    ...
    ...     def embed(self, views, training=False):
    ...         return {"features": self.encode(views, training)}
    ...
    ...     def objectives(self, outputs):
    ...         first, second = outputs["features"]
    ...         return {"alignment": ops.sum((first - second) ** 2, axis=1)}
    """

    objective_names = ()
    view_ranks = (4, 4)

    def __init__(self, encoder, views=None, *, term_weights=None, **kwargs):
        # The parts may run in mixed precision; averages and losses may not.
        super().__init__(**{**kwargs, "dtype": "float32"})
        check_encoder(encoder)
        check_views_layer(views)
        self.encoder, self.views = encoder, views
        self.term_weights = dict(term_weights or {})
        unknown = sorted(set(self.term_weights) - set(self.objective_names))
        if unknown:
            raise ValueError(
                f"`term_weights` may name {self.objective_names}. "
                f"Received: unknown {unknown}"
            )
        self.mean_over_global_batch = MeanOverGlobalBatch()
        self.trackers = {
            name: keras.metrics.Mean(name=name) for name in self.objective_names
        }

    def embed(self, views, training=False):
        """Views to a dictionary of named outputs."""
        raise NotImplementedError

    def objectives(self, outputs):
        """Outputs of `embed` to `{name: (batch,) values}`."""
        raise NotImplementedError

    def scores(self, outputs):
        """Outputs of `embed` to the `losses.Scores` that the loss compares.

        None, as here, for a method that compares no pairs.
        """
        return None

    def encode(self, views, training=False):
        """Features of each view, from one call of the encoder.

        Args:
            views: List of `(batch, height, width, channels)` tensors, of one
                shape.
            training: Boolean. In training, batch normalisation sees all views
                at once.

        Returns:
            List of `(batch, features)` tensors, one a view.
        """
        check_equal_shapes(views)
        check_input(self.encoder, views[0].shape[1:], "views")
        at_hand = features_at_hand(views)
        if at_hand is not None:
            return at_hand
        features = self.in_one_call(self.encoder, views, training)
        check_features(features[0].shape)
        return features

    def encode_parts(self, views, training=False):
        """Features of the parts of each image, from one call of the encoder.

        Args:
            views: Pieces `(batch, pieces, height, width, channels)`, or a grid
                of patches `(batch, rows, columns, height, width, channels)`.
            training: Boolean.

        Returns:
            Tensor of features, the last axis in place of height, width and
            channels.
        """
        *parts, height, width, channels = views.shape
        flat = ops.reshape(views, (-1, height, width, channels))
        (features,) = self.encode([flat], training)
        return ops.reshape(features, (-1, *parts[1:], features.shape[-1]))

    def in_one_call(self, layer, tensors, training=False):
        """What a layer makes of several tensors, stacked for one call."""
        if len(tensors) == 1:
            return [layer(tensors[0], training=training)]
        stacked = ops.concatenate(list(tensors), axis=0)
        return ops.split(layer(stacked, training=training), len(tensors))

    def build(self, input_shape):
        """Creates all weights.

        Args:
            input_shape: Shape of x: `(None, height, width, channels)`; for
                ready views a list of such shapes; or a dictionary of shapes.
        """
        try:
            self.compute_output_spec(placeholders(input_shape))
        except Exception as error:
            # Keras puts advice for authors of layers before what went wrong.
            if "Could not automatically infer" in str(error):
                raise error.__context__ from None
            raise

    def call(self, x, training=False):
        check_keys(self, x)
        images = x["images"] if isinstance(x, dict) else x
        extra = {}
        if self.needs_index:
            extra["index"] = x["index"]
        views = self.make_views(images, training)
        return self.embed(views, training=training, **extra)

    def make_views(self, images, training):
        """Views of images, or the ready views that came instead, checked."""
        if self.views is None:
            return check_views(images, "x", self.view_ranks)
        views = self.views(images, training=training)
        return check_views(views, "views", self.view_ranks)

    @property
    def needs_index(self):
        return wants(self.embed, "index")

    @property
    def takes_labels(self):
        return wants(self.objectives, "labels")

    @property
    def needs_labels(self):
        return needs(self.objectives, "labels")

    def compute_loss(
        self, x=None, y=None, y_pred=None, sample_weight=None, training=True
    ):
        check_labels(self, y)
        labels = {"labels": y} if self.takes_labels else {}
        total = sum(
            self.mean_over_global_batch(ops.reshape(loss, (1,)))
            for loss in self.losses
        )
        for name, values in self.objectives(y_pred, **labels).items():
            if sample_weight is not None:
                values = values * ops.cast(sample_weight, values.dtype)
            self.trackers[name].update_state(values)
            weight = self.term_weights.get(name, 1.0)
            total += weight * self.mean_over_global_batch(values)
        if self.score_log.capacity:
            self.score_log.update_state(self.scores(y_pred), training)
        return total

    def get_config(self):
        config = super().get_config()
        config.pop("dtype", None)
        return {
            **config,
            "encoder": serialize(self.encoder),
            "views": serialize(self.views),
            "term_weights": self.term_weights,
        }

    @classmethod
    def from_config(cls, config):
        return cls(**{name: deserialize(part) for name, part in config.items()})


def placeholders(shape):
    if isinstance(shape, dict):
        return {name: placeholders(part) for name, part in shape.items()}
    if isinstance(shape[0], (list, tuple)):
        return [placeholders(part) for part in shape]
    dtype = "float32" if len(shape) > 1 else "int32"
    return keras.KerasTensor(tuple(shape), dtype)


def wants(method, argument):
    return argument in inspect.signature(method).parameters


def needs(method, argument):
    parameter = inspect.signature(method).parameters.get(argument)
    return parameter is not None and parameter.default is parameter.empty

from typing import Any

import keras
from keras import ops

from keras_contrastive._config import Configured
from keras_contrastive._keras_internals import build_by_call, layers_of
from keras_contrastive.contrasts import Contrast, Scores
from keras_contrastive.contrasts._contrast_statistics import (
    contrast_statistics,
)
from keras_contrastive.contrasts._feature_transformation import (
    count_draws,
    make_feature_transform,
)
from keras_contrastive.contrasts._row_blocks import batches_of_at_most
from keras_contrastive.contrasts.scores import read_scores
from keras_contrastive.layers._batch_statistics import use_batch_statistics
from keras_contrastive.modules._check import check_apart, check_modules
from keras_contrastive.ops._replicas import with_equal_parts
from keras_contrastive.training._check_data import check_keys
from keras_contrastive.training._check_parts import (
    check_encoder,
    check_labels_for,
    check_term_weights,
    check_views_layer,
)
from keras_contrastive.training._mean_over_global_batch import (
    MeanOverGlobalBatch,
)
from keras_contrastive.training._views import Views
from keras_contrastive.training._views_and_features import ViewsAndFeatures


class ContrastiveModel(Configured, ViewsAndFeatures):
    """Trains an encoder by comparing views of the same image.

    Abstract. A batch passes these stations, each a method of this class:

        images -> views -> features -> outputs -> contrasts -> terms -> scalar

    A method says what is its own and inherits the rest: `fit`, `evaluate`,
    saving, modules, feature transformation, term weights, one logged curve
    per term of its loss, the record of scores.

    * `objective_names`: the terms of the loss.
    * `view_ranks`: the rank of each view, 4 for images, 5 for the pieces of
      one, 6 for a grid of patches. Defaults to two images.
    * `embed(views, features, training)`: views and the features of them, two
      lists, to a dictionary of named outputs. State (queues, banks) moves here
      and only in training. With `needs_index` it takes `index` too.
    * `contrasts(outputs)`: what is compared, `{term: list of Contrast}`, pure;
      `pair_loss` is the loss of each, summed or averaged (`sums_contrasts`).
      With `objectives` of its own, a method may name its contrasts otherwise.
      A method that compares no pairs implements `objectives(outputs, labels)`
      instead, `{term: (batch,) values}`.
    * `follow`: where momentum branches move, if there are any.
    * `needs_labels`, `needs_second_encoder`, `remembers_negatives`: whether it
      learns from labels, has a second encoder for other channels, compares
      with negatives of a memory instead of the batch.
    * `needs_maps`: whether its `view_features` are more than the encoder's.

    Every argument of its constructor is an attribute of its name, from which
    the config is written.

    Args:
        encoder: `keras.Model`, float images in 0..1, `(batch, height, width,
            channels)`, to features `(batch, features)`. Whatever images `fit`
            is given, the encoder is given floats in 0..1; one that wants
            0..255 begins with `keras.layers.Rescaling(255)`. It is trained in
            place: the object you keep.
        views: Layer that turns images into views, such as
            `keras_contrastive.views.simclr(...)`. With None, `x` is a tuple
            of ready views, floats in 0..1.
        modules: List of modules, such as `keras_contrastive.EquiMod()`, which
            learn further terms from the same views and features.
        feature_transform: `layers.PositiveExtrapolation`,
            `layers.NegativeInterpolation` for a method with negatives, a list
            of both, or None. It acts on whatever the method compares, before
            the loss, in training alone.
        term_weights: Dictionary, name of a term to its weight in the loss.
            Terms not named weigh 1.

    Attributes:
        trained_epochs: Integer, epochs that `fit` has ended, saved with the
            model and with its weights. `fit` goes on after them. May be set.

    Input: `images`, `uint8` in 0..255 or float in 0..1, shape `(batch, height,
        width, channels)`; or `{"images": ..., "index": ...}`; or, without
        `views`, a tuple of views. Labels are optional and ignored by methods
        that do not learn from them.

    Warns:
        UserWarning: For an encoder that scales images in 0..1 once more, or
            ends in the head of a classifier; from `compile`, for a frozen one.

    Raises:
        ValueError: For an encoder with inputs other than images, channels
            last, or outputs other than `(batch, features)`, views that are no
            layer, modules that do not go with the views or with each other,
            or weights for unknown terms.

    Example:

    >>> class Alignment(keras_contrastive.ContrastiveModel):
    ...     objective_names = ("alignment",)
    ...     pair_loss = kc.losses.REGRESSION
    ...
    ...     def embed(self, views, features, training=False):
    ...         return {"features": features}
    ...
    ...     def contrasts(self, outputs):
    ...         pair = kc.contrasts.pairs(*outputs["features"])
    ...         return {"alignment": [pair]}
    """

    objective_names: tuple[str, ...] = ()
    view_ranks: tuple[int, ...] = (4, 4)
    needs_index = False
    needs_labels = False
    needs_second_encoder = False
    needs_maps = False
    remembers_negatives = False
    # A `losses.PairLoss`, where the method compares pairs.
    pair_loss: Any = None
    sums_contrasts = False

    # Keras, or torch, has attributes of these names.
    attribute_of = {"modules": "parts", "loss": "contrast_loss"}

    def __init__(
        self,
        encoder: keras.Model,
        views: keras.layers.Layer | None = None,
        *,
        modules: Any = (),
        feature_transform: Any = None,
        term_weights: dict[str, float] | None = None,
        **kwargs: Any,
    ) -> None:
        # The parts may run in mixed precision; averages and losses may not.
        super().__init__(**{**kwargs, "dtype": "float32"})
        check_encoder(encoder)
        check_views_layer(views, len(self.view_ranks))
        self.encoder, self.views = encoder, views
        check_modules(modules, self)
        self.parts = list(modules)
        self.transform = make_feature_transform(
            feature_transform, self.pair_loss, self.remembers_negatives
        )
        # Known from the first call, which creates the weights.
        self.num_draws: int | None = None
        self.feature_transform = keras.tree.flatten(feature_transform or [])
        weights: dict[str, float] = {}
        for module in self.parts:
            self.objective_names = (
                *self.objective_names,
                *module.objective_names,
            )
            weights |= module.term_weights
        self.term_weights = {**weights, **(term_weights or {})}
        check_term_weights(self.term_weights, self.objective_names)
        self.mean_over_global_batch = MeanOverGlobalBatch()
        self.trackers = {
            name: keras.metrics.Mean(name=name) for name in self.objective_names
        }

    def embed(
        self, views: list, features: list, training: bool = False
    ) -> dict[str, Any]:
        """Views and their features to a dictionary of named outputs."""
        raise NotImplementedError(
            f"`{type(self).__name__}` must implement "
            "`embed(views, features, training=False)`"
        )

    def contrasts(self, outputs: dict[str, Any]) -> dict[str, list[Contrast]]:
        """Outputs of `embed` to what each term compares."""
        return {}

    def objectives(
        self, outputs: dict[str, Any], labels: Any = None
    ) -> dict[str, Any]:
        """Outputs to `{term: (batch,) values}`, without those of modules."""
        compared = self.compared(outputs)
        if compared and self.pair_loss is None:
            raise ValueError(
                f"`pair_loss` of `{type(self).__name__}` must be the loss of "
                "its contrasts, such as `keras_contrastive.losses.SOFTMAX`. "
                "Received: pair_loss=None"
            )
        values = {}
        for term, contrasts in compared.items():
            total = self.pair_loss.total(contrasts)
            values[term] = (
                total if self.sums_contrasts else total / len(contrasts)
            )
        return values

    def follow(self) -> None:
        """Moves momentum branches, before anything else in training."""

    def call(self, x: Any, training: bool = False) -> dict[str, Any]:
        check_keys(self, x)
        x = with_equal_parts(x)
        images = x["images"] if isinstance(x, dict) else x
        index = x["index"] if self.needs_index else None
        return self.respond(self.make_views(images, training), index, training)

    def respond(
        self, made: Views, index: Any = None, training: bool = False
    ) -> dict[str, Any]:
        """Views to the outputs of the method and of its modules."""
        if training:
            self.follow()
        features = self.all_features(made, training)
        return self.all_outputs(made, features, index, training)

    def all_outputs(
        self, made: Views, features: tuple, index: Any, training: bool
    ) -> dict[str, Any]:
        """What `embed` and modules make of views and of all their features."""
        original, of_views = features
        extra = {"index": index} if self.needs_index else {}
        outputs = self.embed(made.views, of_views, training=training, **extra)
        if self.transform is not None:
            if self.num_draws is None:
                self.num_draws = count_draws(self.contrasts(outputs))
            outputs["draws"] = self.transform.advance(self.num_draws, training)
        for module, further in zip(self.parts, made.further, strict=True):
            own = module.embed(
                of_views,
                original=original,
                parameters=made.parameters,
                further=self.encode(further, training) if further else [],
                training=training,
            )
            check_apart(outputs, own, "outputs", type(module).__name__)
            outputs.update(own)
        return outputs

    def compared(self, outputs: dict[str, Any]) -> dict[str, list[Contrast]]:
        """The contrasts as they enter the loss, transformed if they are."""
        contrasts = self.contrasts(outputs)
        if self.transform is None:
            return contrasts
        return self.transform(contrasts, outputs["draws"])

    def scores(self, outputs: dict[str, Any]) -> Scores | None:
        """What the loss compares, for records; None if it compares no pairs.

        Args:
            outputs: What a call of the model returned.
        """
        contrasts = sum(self.compared(outputs).values(), [])
        if not contrasts:
            return None
        return read_scores(contrasts, self.pair_loss.slopes)

    def terms(
        self, outputs: dict[str, Any], labels: Any = None
    ) -> dict[str, Any]:
        """Outputs to `{term: (batch,) values}` of all terms."""
        values = dict(self.objectives(outputs, labels))
        for module in self.parts:
            values |= module.objectives(outputs)
        if set(values) != set(self.objective_names):
            raise ValueError(
                "`objective_names` must name the terms that `contrasts` or "
                "`objectives`, of the method and of its modules, return. "
                f"Received: objective_names={tuple(self.objective_names)}, "
                f"terms {tuple(values)}"
            )
        return values

    def build(self, input_shape: Any) -> None:
        """Creates all weights.

        Args:
            input_shape: Shape of x: `(None, height, width, channels)`; for
                ready views a list of such shapes; or a dictionary of shapes.
        """
        for module in self.parts:
            module.prepare(self.views, image_shape(input_shape))
        build_by_call(self, placeholders(input_shape))
        use_batch_statistics(layers_of(self))

    def compute_loss(
        self, x=None, y=None, y_pred=None, sample_weight=None, training=True
    ):
        check_labels_for(self, y)
        total = sum(
            self.mean_over_global_batch(ops.reshape(loss, (1,)))
            for loss in self.losses
        )
        with batches_of_at_most(self.largest_batch):
            terms = self.terms(y_pred, y)
        for name, values in terms.items():
            if sample_weight is not None:
                values = values * ops.cast(sample_weight, values.dtype)
            self.trackers[name].update_state(values)
            weight = self.term_weights.get(name, 1.0)
            total += weight * self.mean_over_global_batch(values)
        if self.score_log.capacity:
            contrasts = sum(self.compared(y_pred).values(), [])
            self.score_log.update_state(
                contrast_statistics(contrasts, self.pair_loss.slopes), training
            )
        return total * one_if_finite(x)


def one_if_finite(x):
    """1, or not a number if a pixel is not finite.

    XLA on a CPU loses it: `max(nan, 0)` is 0 where it computes a ReLU and the
    mean that follows in one loop.
    """
    images = x["images"] if isinstance(x, dict) else x
    checks = [
        ops.all(ops.isfinite(part))
        for part in keras.tree.flatten(images)
        if "float" in keras.backend.standardize_dtype(part.dtype)
    ]
    finite = ops.all(ops.stack(checks)) if checks else True
    return ops.where(finite, 1.0, float("nan"))


def image_shape(input_shape):
    """`(height, width, channels)`, from the shape that `build` gets."""
    if isinstance(input_shape, dict):
        input_shape = input_shape["images"]
    return tuple(input_shape[1:])


def placeholders(shape):
    if isinstance(shape, dict):
        return {name: placeholders(part) for name, part in shape.items()}
    if isinstance(shape[0], (list, tuple)):
        return [placeholders(part) for part in shape]
    dtype = "float32" if len(shape) > 1 else "int32"
    return keras.KerasTensor(tuple(shape), dtype)

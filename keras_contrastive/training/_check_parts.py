"""What can be known to be wrong with the parts of a model, or their outputs."""

import math
import numbers
import warnings

import keras

from keras_contrastive._check_encoder import (
    check_input_of,
    check_one_output,
    check_pixels,
    scale_integers,
    warn_of_classifier,
)
from keras_contrastive.layers import ProjectionHead
from keras_contrastive.views import BaseTransform, multi_view


def check_layer(layer, argument, meaning):
    if not isinstance(layer, keras.layers.Layer):
        raise ValueError(
            f"`{argument}` must be a Keras model or layer, {meaning}. "
            f"Received: {argument} of type {type(layer).__name__}"
        )


def check_encoder(encoder, argument="encoder"):
    check_layer(encoder, argument, "images to features")
    if isinstance(encoder, multi_view.MultiView | BaseTransform):
        raise ValueError(
            f"`{argument}` must map images to features; `views` come after "
            f"the encoders. Received: {argument} of type "
            f"{type(encoder).__name__}, which makes views"
        )
    check_input_of(encoder, argument)
    # Only models with a graph know their output before they are called.
    if getattr(encoder, "inputs", None):
        # A `Sequential` has no `output`.
        outputs = getattr(encoder, "output", encoder.outputs)
        check_features(outputs, argument)
        check_pixels(encoder, argument)
        warn_of_classifier(encoder, argument)
    scale_integers(encoder)


def check_second_encoder(second_encoder, encoder):
    check_encoder(second_encoder, "second_encoder")
    if second_encoder is encoder:
        raise ValueError(
            "`second_encoder` must be another model than `encoder`: it sees "
            "other channels. Received: the same model for both"
        )


def check_views_layer(views, count):
    if isinstance(views, multi_view.MultiView | None):
        return
    check_layer(
        views,
        "views",
        "such as `keras_contrastive.views.simclr(image_size=32)`, or None for "
        "ready views",
    )
    shape = getattr(views, "output_shape", None)
    if isinstance(shape, tuple) and len(shape) == 2:
        raise ValueError(
            "`views` must be a layer that makes views, and come after the "
            "encoders. Received: a model of output shape "
            f"{shape}, which is an encoder"
        )
    if isinstance(views, ProjectionHead | keras.layers.Dense):
        raise ValueError(
            "`views` must be a layer that makes views; heads come by name, "
            "such as `projector=head`. "
            f"Received: views of type {type(views).__name__}"
        )
    if isinstance(views, keras.Sequential) and count > 1:
        raise ValueError(
            f"`views` must make {count} views of each image, and a "
            "`keras.Sequential` makes one: `views=keras_contrastive.views."
            f"MultiView({count} * [sequential])`. "
            "Received: views of type Sequential"
        )
    if isinstance(views, BaseTransform):
        raise ValueError(
            "`views` must be a layer that makes all views, such as "
            "`keras_contrastive.views.MultiView([pipeline, pipeline])`. "
            f"Received: views of type {type(views).__name__}"
        )


def check_features(features, argument="encoder"):
    check_one_output(features, argument)
    (features,) = keras.tree.flatten(features)
    shape = tuple(features.shape)
    if len(shape) != 2:
        pooling = "2D" if len(shape) == 4 else "1D"
        raise ValueError(
            f"`{argument}` must return features (batch, features); end it with "
            f"`keras.layers.GlobalAveragePooling{pooling}()` or another "
            f"pooling. Received: output shape {shape}"
        )


def check_trainable(model):
    """Warns where training would leave an encoder as it is."""
    for name in ("encoder", "second_encoder"):
        encoder = getattr(model, name, None)
        if encoder is None:
            continue
        if not encoder.trainable or (
            encoder.weights and not encoder.trainable_weights
        ):
            warnings.warn(
                f"`{name}` is frozen, so that training leaves it as it is: set "
                f"`model.{name}.trainable = True`, or that of some of its "
                "layers, before `compile`.",
                stacklevel=3,
            )


def check_equal_shapes(views):
    shapes = [tuple(view.shape) for view in views]
    if len({shape[1:] for shape in shapes}) > 1:
        raise ValueError(
            "The views must all have the same height, width and channels. "
            f"Received: shapes {shapes}"
        )


def check_labels_for(model, labels):
    if labels is None and model.needs_labels:
        raise ValueError(
            f"`{type(model).__name__}` learns from labels: "
            "`fit(images, labels)`, or a data set of pairs, e.g. "
            "`keras_contrastive.data.load(..., labels=True)`. "
            "Received: y=None"
        )
    if labels is not None and len(getattr(labels, "shape", ())) > 2:
        raise ValueError(
            "`y` must have rank 1 or 2, but a second element of image shape "
            "came with x. A data set of ready views yields ((view_1, "
            "view_2),), one tuple in another, for a model with `views=None`. "
            f"Received: labels of shape {tuple(labels.shape)}"
        )


def check_term_weights(weights, names):
    unknown = sorted(set(weights) - set(names))
    if unknown:
        raise ValueError(
            f"`term_weights` may name {names}. Received: unknown {unknown}"
        )
    for name, weight in weights.items():
        if not isinstance(weight, numbers.Real) or not math.isfinite(weight):
            raise ValueError(
                "`term_weights` must hold a number for each term. "
                f"Received: {weight!r} for {name!r}"
            )

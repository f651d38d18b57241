"""What can be known to be wrong with the parts of a model, or their outputs."""

import math
import numbers

import keras

from keras_contrastive.ops import num_replicas
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
    # Only models with a graph know their shape before they are called.
    shape = getattr(encoder, "output_shape", None)
    check_one_output(shape, argument)
    if isinstance(shape, tuple):
        check_features(shape)


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
    if isinstance(views, keras.Sequential) and count > 1:
        raise ValueError(
            f"`views` must make {count} views of each image, and a "
            "`keras.Sequential` makes one: "
            "`views=keras_contrastive.views.MultiView(2 * "
            "[Pipeline([Augment(layer) for layer in sequential.layers])])`, "
            "with `Pipeline` and `Augment` from `keras_contrastive.views`. "
            "Received: views of type Sequential"
        )
    if isinstance(views, BaseTransform):
        raise ValueError(
            "`views` must be a layer that makes all views, such as "
            "`keras_contrastive.views.MultiView([pipeline, pipeline])`. "
            f"Received: views of type {type(views).__name__}"
        )


def check_one_output(shape, argument="encoder"):
    if isinstance(shape, dict | list):
        raise ValueError(
            f"`{argument}` must return one tensor of features; take one of "
            f"several outputs by `keras.Model({argument}.inputs, "
            f'{argument}.output["features"])`. Received: outputs {shape}'
        )


def check_features(shape):
    if len(shape) != 2:
        raise ValueError(
            "`encoder` must return features (batch, features); end it with "
            "`keras.layers.GlobalAveragePooling2D()` or another pooling. "
            f"Received: output shape {tuple(shape)}"
        )


def check_equal_widths(projection, pieces):
    if projection.shape[-1] != pieces.shape[-1]:
        raise ValueError(
            "`projector` and `jigsaw_head` must make projections of one width. "
            f"Received: {projection.shape[-1]} and {pieces.shape[-1]}"
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


def check_replicas(model, compile_arguments):
    """Refuses what Keras gets wrong or fails at under `tf.distribute`."""
    if num_replicas() == 1:
        return
    if compile_arguments.get("jit_compile") is True:
        raise ValueError(
            "`jit_compile` must be left out under a TensorFlow strategy with "
            "several replicas. Received: jit_compile=True"
        )
    steps = compile_arguments.get("steps_per_execution", 1)
    if steps > 1:
        raise ValueError(
            "`steps_per_execution` must be 1 under a TensorFlow strategy with "
            f"several replicas. Received: steps_per_execution={steps}"
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

"""Classifiers of images, which load by Keras alone."""

import functools
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_contrastive._check_encoder import as_taken
from keras_contrastive._copy_layer import copy_layer
from keras_contrastive.evaluation._class_pair import ClassPair


def later_classifier(
    encoder: keras.Model | None, head: Callable[[Any], Any], pair: ClassPair
) -> Callable[[], keras.Model]:
    """What makes the classifier of a probe, should it be asked for.

    Args:
        encoder: `keras.Model` that was probed, or `None` for raw pixels. It
            may train on: its weights are kept as they are now.
        head: Function, features to probabilities of `pair.classes`.
        pair: `ClassPair` that was learned from.

    Returns:
        Function without arguments to an `image_classifier`.
    """
    return functools.partial(
        probe_classifier,
        encoder,
        [] if encoder is None else encoder.get_weights(),
        head,
        image_shape=pair.image_shape,
        classes=pair.classes,
        class_names=pair.class_names,
    )


def probe_classifier(
    encoder: keras.Model | None,
    weights: list[np.ndarray],
    head: Callable[[Any], Any],
    **kwargs: Any,
) -> keras.Model:
    if encoder is None:
        features = keras.layers.Flatten(dtype="float32")
    else:
        features = copy_of(encoder, weights, "encoder")
    return image_classifier(
        lambda x: head(features(as_taken(encoder, x))), **kwargs
    )


def image_classifier(
    classify: Callable[[Any], Any],
    *,
    image_shape: tuple[int, ...],
    classes: np.ndarray,
    class_names: list[str] | None,
) -> keras.Model:
    """A model of images in either range to probabilities.

    Its inputs are float32, to which Keras brings `uint8` by value. The range
    shows in the values: a single one from 2 up, and the image is divided by
    255. Their size is fixed, also of an encoder that takes any: on torch Keras
    exports one size only.

    Args:
        classify: Function, float images in 0..1 to probabilities of `classes`.
        image_shape: See `ClassPair`.
        classes: See `ClassPair`.
        class_names: See `ClassPair`.

    Returns:
        `keras.Model`, images to float32 `(batch, classes)` in the order of
        `class_names`, or else of `classes`.
    """
    images = keras.Input(image_shape, dtype="float32", name="images")
    brightest = ops.max(images, axis=(1, 2, 3), keepdims=True)
    x = classify(images / ops.where(brightest > 1.5, 255.0, 1.0))
    if class_names is not None and len(class_names) > len(classes):
        x = dense(x, np.eye(len(class_names))[classes])
    classifier = keras.Model(images, x, name="classifier")
    # Keras exports to ONNX what has been called.
    classifier(np.zeros((1, *image_shape), "float32"))
    return classifier


def copy_of(
    layer: keras.layers.Layer, weights: list[np.ndarray], argument: str
) -> keras.layers.Layer:
    """The layer that came for an argument anew, with the weights given."""
    copy = copy_layer(layer, argument)
    if not copy.built:
        copy.build_from_config(layer.get_build_config())
    copy.set_weights(weights)
    return copy


def centered(x: Any, mean: np.ndarray) -> Any:
    """Features less their mean, which a bias of `dense` would round off."""
    layer = keras.layers.EinsumDense(
        "bd,d->bd",
        len(mean),
        bias_axes="d",
        dtype="float32",
        trainable=False,
    )
    outputs = layer(x)
    layer.set_weights([np.ones_like(mean), -mean])
    return outputs


def dense(x: Any, kernel: np.ndarray, bias: np.ndarray | None = None) -> Any:
    """Features by a kernel, which training moves only if there is a bias."""
    layer = keras.layers.Dense(
        kernel.shape[1],
        use_bias=bias is not None,
        kernel_initializer="zeros",
        dtype="float32",
        trainable=bias is not None,
    )
    outputs = layer(x)
    layer.set_weights([kernel] if bias is None else [kernel, bias])
    return outputs

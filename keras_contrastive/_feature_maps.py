"""The feature maps of an encoder, as tensors of its graph."""

from typing import Any

import keras

# What they return only serves the next layer.
NO_MAPS = keras.layers.InputLayer, keras.layers.ZeroPadding2D


def feature_maps(encoder: Any) -> tuple[Any, dict[str, Any], Any]:
    """Images, maps by the name of their layer, from the images on, features.

    Maps that a layer only pads for the next one are left out.

    Args:
        encoder: Functional or `Sequential` `keras.Model` with one input
            `(height, width, channels)` of known sides.

    Returns:
        Symbolic tensors of one graph, with each layer in it once.

    Raises:
        ValueError: For any other encoder, and one that holds a model with
            maps of its own.
    """
    if not isinstance(encoder, keras.Model) or not encoder.inputs:
        raise ValueError(
            "`encoder` must be a functional or `Sequential` model that is "
            f"built. Received: {encoder}"
        )
    shape = tuple(encoder.inputs[0].shape)
    if len(encoder.inputs) > 1 or len(shape) != 4 or None in shape[1:]:
        raise ValueError(
            "`encoder` must take images of one shape, for example "
            f"`ResNet18((64, 64, 3))`. Received: input shape {shape}"
        )
    maps = {}
    images, outputs, features = graph_of(encoder)
    for layer, output in outputs:
        if isinstance(layer, NO_MAPS):
            continue
        if getattr(layer, "data_format", None) == "channels_first":
            raise ValueError(
                "`encoder` must have maps (height, width, channels). Received: "
                f'layer {layer.name!r} of data_format="channels_first"'
            )
        if not is_map(output):
            continue
        if isinstance(layer, keras.Model):
            raise ValueError(
                "`encoder` must be made of layers, so that all of its maps can "
                f"be seen: take `encoder.get_layer({layer.name!r})`, whose "
                f"weights are the same. Received: a model in a model, {layer}"
            )
        maps[layer.name] = output
    return images, maps, features


def graph_of(encoder: keras.Model) -> tuple[Any, list, Any]:
    """Images, pairs of layer and output, features.

    A `Sequential` that was made layer by layer, as from a file, has called
    each of them several times: here they are called once more.
    """
    if not isinstance(encoder, keras.Sequential):
        outputs = [(layer, layer.output) for layer in encoder.layers]
        return encoder.inputs[0], outputs, encoder.outputs[0]
    given = encoder.inputs[0]
    x = images = keras.Input(given.shape[1:], dtype=given.dtype)
    outputs = []
    for layer in encoder.layers:
        x = layer(x)
        outputs.append((layer, x))
    return images, outputs, x


def is_map(output: Any) -> bool:
    """Whether it is a map of known sides, and no list of tensors."""
    shape = tuple(getattr(output, "shape", ()))
    return len(shape) == 4 and all(shape[1:3])

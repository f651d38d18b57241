"""The layers of an encoder that return feature maps."""

from collections.abc import Iterator
from typing import Any

import keras


def map_layers(encoder: Any) -> Iterator[Any]:
    """Layers that return maps of known sides, from the images on.

    Maps that a layer only pads for the next one are left out.

    Args:
        encoder: Functional or `Sequential` `keras.Model` with one input
            `(height, width, channels)` of known sides.

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
    skipped = keras.layers.InputLayer, keras.layers.ZeroPadding2D
    for layer in encoder.layers:
        if isinstance(layer, skipped):
            continue
        if getattr(layer, "data_format", None) == "channels_first":
            raise ValueError(
                "`encoder` must have maps (height, width, channels). Received: "
                f'layer {layer.name!r} of data_format="channels_first"'
            )
        if map_sides(layer) is None:
            continue
        if isinstance(layer, keras.Model):
            raise ValueError(
                "`encoder` must be made of layers, so that all of its maps can "
                f"be seen: take `encoder.get_layer({layer.name!r})`, whose "
                f"weights are the same. Received: a model in a model, {layer}"
            )
        yield layer


def map_sides(layer: Any) -> tuple[int, int] | None:
    """Height and width of the map that a layer returns, if it is one."""
    shape = tuple(getattr(layer.output, "shape", ()))
    if len(shape) != 4 or None in shape[1:3] or 0 in shape[1:3]:
        return None
    return shape[1], shape[2]

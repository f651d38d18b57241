from typing import Any

import keras

from keras_contrastive._feature_maps import map_layers, map_sides
from keras_contrastive.training._check_parts import check_features


class MapEncoder:
    """Two maps of an encoder beside its features, from one call of it.

    Its network is made of the very layers of the encoder, and returns one row
    of numbers for each image. No layer itself: what holds it, has the encoder.

    Args:
        encoder: Functional or `Sequential` `keras.Model` with one input of
            known sides.
        names: Pair of names of layers that return maps, or None for the last
            layers of the two smallest sizes of more than one pixel.

    Attributes:
        network: `keras.Model`, images to rows for `split`.

    Raises:
        ValueError: For other encoders, or layers without a map.
    """

    def __init__(self, encoder: Any, names: tuple[str, str] | None) -> None:
        layers = {layer.name: layer for layer in map_layers(encoder)}
        if names is None:
            names = two_smallest(layers)
        unknown = [name for name in names if name not in layers]
        if unknown or len(names) != 2:
            raise ValueError(
                "`maps` must name two layers of the encoder that return "
                f"feature maps, of {sorted(layers)}. Received: maps={names}"
            )
        outputs = [layers[name].output for name in names]
        features = keras.tree.flatten(encoder.outputs)[0]
        check_features(features)
        self.shapes = [
            (map_shape[1] * map_shape[2], map_shape[3])
            for map_shape in (output.shape for output in outputs)
        ]
        rows = [
            keras.layers.Reshape((count * channels,), dtype="float32")(output)
            for output, (count, channels) in zip(
                outputs, self.shapes, strict=True
            )
        ]
        # In float32, which holds the numbers of all policies.
        joined = keras.layers.Concatenate(dtype="float32")([*rows, features])
        self.network = keras.Model(encoder.inputs[0], joined)

    def split(self, rows: Any) -> list:
        """Two maps `(batch, places, channels)` and features, of rows."""
        parts, start = [], 0
        for count, channels in self.shapes:
            stop = start + count * channels
            part = keras.ops.reshape(rows[:, start:stop], (-1, count, channels))
            parts.append(part)
            start = stop
        return [*parts, rows[:, start:]]


def two_smallest(layers: dict[str, Any]) -> tuple[str, ...]:
    """Names of the last layers of two sizes, the smaller one first."""
    last = {map_sides(layer): name for name, layer in layers.items()}
    sizes = sorted(
        (sides for sides in last if max(sides) > 1),
        key=lambda sides: sides[0] * sides[1],
    )
    if len(sizes) < 2:
        raise ValueError(
            "`encoder` must have feature maps of two sizes above one pixel, "
            f"or `maps` name two of its layers. Received: maps of {sizes}"
        )
    return tuple(last[sides] for sides in sizes[:2])

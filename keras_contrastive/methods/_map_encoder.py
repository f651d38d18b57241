import math
from typing import Any

import keras

from keras_contrastive._feature_maps import feature_maps


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
        images, maps, features = feature_maps(encoder)
        chosen = names or two_smallest(maps)
        if not set(chosen) <= set(maps):
            raise ValueError(
                "`maps` must name two layers of the encoder that return "
                f"feature maps, of {list(maps)}. Received: maps={names}"
            )
        # In float32, which holds the numbers of all policies.
        rows, self.shapes = [], []
        for name in chosen:
            _, height, width, channels = maps[name].shape
            self.shapes.append((height * width, channels))
            flat = keras.layers.Reshape((-1,), dtype="float32")
            rows.append(flat(maps[name]))
        joined = keras.layers.Concatenate(dtype="float32")([*rows, features])
        self.network = keras.Model(images, joined)

    def split(self, rows: Any) -> list:
        """Two maps `(batch, places, channels)` and features, of rows."""
        parts, start = [], 0
        for count, channels in self.shapes:
            stop = start + count * channels
            part = keras.ops.reshape(rows[:, start:stop], (-1, count, channels))
            parts.append(part)
            start = stop
        return [*parts, rows[:, start:]]


def two_smallest(maps: dict[str, Any]) -> tuple[str, ...]:
    """Names of the last maps of two sizes, the smaller one first."""
    last = {tuple(output.shape[1:3]): name for name, output in maps.items()}
    sizes = sorted((size for size in last if max(size) > 1), key=math.prod)
    if len(sizes) < 2:
        raise ValueError(
            "`encoder` must have feature maps of two sizes above one pixel. "
            f"Received: maps of sizes {sorted(last)}"
        )
    return tuple(last[size] for size in sizes[:2])

"""Contrasts of one vector of an image with the places of feature maps."""

import dataclasses
from typing import Any

from keras import ops

from keras_contrastive.contrasts.contrast import Contrast
from keras_contrastive.ops import gather, global_rows, wide_float


@dataclasses.dataclass(frozen=True)
class AmongPlaces:
    """Vectors of images, each to find the places of its map among all.

    All places of the image's own map are positives and share their negatives,
    the places of all other images. Scores are scalar products, divided by the
    root of their width.

    Args:
        contrast: `Contrast` with a query for each image, whose `own` says
            where the places of the image begin.
        count: Integer, places of a map.
    """

    contrast: Contrast
    count: int

    def one_by_one(self) -> Contrast:
        """The same with a query for each place, the positive of that row.

        It holds `count` times as many similarities.
        """
        contrast, steps = self.contrast, ops.arange(self.count, dtype="int32")

        def every(places):
            return ops.reshape(contrast.own[:, None] + places, (-1,))

        return dataclasses.replace(
            contrast,
            queries=ops.repeat(contrast.queries, self.count, axis=0),
            keys=ops.take(contrast.candidates, every(steps), axis=0),
            own=every(steps),
            left_out=tuple(
                every((steps + further) % self.count)
                for further in range(1, self.count)
            ),
            per_image=self.count,
        )


def among_places(queries: Any, maps: Any) -> AmongPlaces:
    """Each vector among the places of all images of the global batch.

    Args:
        queries: `(batch, units)`, of any length.
        maps: `(batch, places, units)`, image by image the positives.
    """
    queries, maps = wide_float(queries), wide_float(maps)
    _, count, units = maps.shape
    contrast = Contrast(
        queries,
        maps[:, 0],
        ops.reshape(gather(maps), (-1, units)),
        global_rows(ops.shape(maps)[0]) * count,
        temperature=units**0.5,
    )
    return AmongPlaces(contrast, count)

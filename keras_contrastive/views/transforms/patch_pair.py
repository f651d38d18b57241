from typing import Any

from keras import ops

from keras_contrastive._check_integer import check_integer
from keras_contrastive._export import export
from keras_contrastive.views.split import Split
from keras_contrastive.views.transforms._windows import windows


@export
class PatchPair(Split):
    """Cuts two patches at a given distance out of each image: two views.

    The first lies at a random place `(x, y)`, the second at
    `(x + distance, y + distance)`; all places where both lie inside the image
    are equally likely. The distance sets how much the views share: they touch
    where it equals `patch_size`, and know less of each other the larger it is.

    Args:
        patch_size: Integer, pixels of a side of the patches.
        distance: Integer >= 0, pixels from one patch to the other, to the
            right and down alike.

    Parameters: `top` and `left` of the first patch, in pixels.

    Raises:
        ValueError: For images with a side below `patch_size + distance`.

    Example:

    >>> patches = keras_contrastive.views.PatchPair(patch_size=64, distance=128)
    >>> patches.output_image_shape((1000, 1500, 3))
    [(64, 64, 3), (64, 64, 3)]

    Reference: Tian et al., 2020, https://arxiv.org/abs/2005.10243 (patches at
        a spatial distance).
    """

    num_views = 2
    num_uniforms = 2
    parameters = {"top": 1, "left": 1}

    def __init__(self, patch_size: int, distance: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        check_integer("patch_size", patch_size, 1, meaning=" pixels")
        check_integer("distance", distance, 0, meaning=" pixels")
        self.patch_size, self.distance = int(patch_size), int(distance)

    def check(self, image_shape: tuple[int, int, int]) -> None:
        if min(self.room(image_shape)) < 0:
            raise ValueError(
                "`patch_size + distance` must not exceed a side of the image. "
                f"Received: patch_size={self.patch_size}, "
                f"distance={self.distance}, image shape {tuple(image_shape)}"
            )

    def room(self, image_shape):
        """Pixels by which the pair can move, down and to the right."""
        return [
            side - self.patch_size - self.distance for side in image_shape[:2]
        ]

    def sample(
        self, uniforms: Any, image_shape: tuple[int, int, int]
    ) -> dict[str, Any]:
        down, right = self.room(image_shape)
        return {
            "top": ops.floor(uniforms[:, 0] * (down + 1)),
            "left": ops.floor(uniforms[:, 1] * (right + 1)),
        }

    def neutral(self, image_shape: tuple[int, int, int]) -> dict[str, Any]:
        down, right = self.room(image_shape)
        return {"top": float(down // 2), "left": float(right // 2)}

    def change(self, planes: Any, draws: Any) -> Any:
        tops, lefts = (
            ops.stack([draws[name], draws[name] + self.distance], axis=1)
            for name in ("top", "left")
        )
        pair = windows(planes, tops, lefts, self.patch_size, self.patch_size)
        return ops.unstack(pair, 2, axis=1)

    def output_image_shape(
        self, image_shape: tuple[int, int, int]
    ) -> list[tuple[int, ...]]:
        return [(self.patch_size, self.patch_size, image_shape[2])] * 2

from typing import Any

from keras import ops

from keras_contrastive._export import export
from keras_contrastive.views.transform import Transform


@export
class QuarterTurns(Transform):
    """Turns each image by 0, 90, 180 or 270 degrees, each equally likely.

    Args:
        probability: Float in [0, 1], share of the images that are turned; a
            quarter of them by 0 degrees. Defaults to 1.0.

    Parameters: `applied` (0 or 1) and `turns` (0, 1, 2 or 3 quarter turns
        counter-clockwise).

    Raises:
        ValueError: For images that are not square.

    Example:

    >>> turn = keras_contrastive.views.QuarterTurns()
    >>> turn.parameters
    {'applied': 1, 'turns': 1}

    Reference: Dangovski et al., 2022, https://arxiv.org/abs/2111.00899
        (four-fold rotations).
    """

    num_uniforms = 1
    parameters = {"applied": 1, "turns": 1}

    def check(self, image_shape: tuple[int, int, int]) -> None:
        if image_shape[0] != image_shape[1]:
            raise ValueError(
                "`QuarterTurns` needs square images. Received: image shape "
                f"{tuple(image_shape)}"
            )

    def sample(
        self, uniforms: Any, image_shape: tuple[int, int, int]
    ) -> dict[str, Any]:
        return {"turns": ops.floor(4 * uniforms[:, 0])}

    def neutral(self, image_shape: tuple[int, int, int]) -> dict[str, Any]:
        return {"turns": 0.0}

    def change(self, planes: Any, draws: Any) -> Any:
        turns = ops.reshape(draws["turns"], (-1, 1, 1, 1))
        half = ops.flip(ops.flip(planes, 2), 3)
        planes = ops.where(turns >= 2, half, planes)
        quarter = ops.flip(ops.swapaxes(planes, 2, 3), 2)
        is_odd = ops.logical_or(turns == 1, turns == 3)
        return ops.where(is_odd, quarter, planes)

from typing import Any

import numpy as np
from keras import ops

from keras_contrastive._export import export
from keras_contrastive.views.transform import Transform
from keras_contrastive.views.transforms._hue import full_turns_off, hue_of
from keras_contrastive.views.transforms._planes import gray_of, per_image

OPERATIONS = ("brightness", "contrast", "saturation", "hue")
Strength = float | tuple[float, float]
NEUTRAL = {"brightness": 1.0, "contrast": 1.0, "saturation": 1.0, "hue": 0.0}


@export
class ColorJitter(Transform):
    """Changes brightness, contrast, saturation and hue in a random order.

    Strengths, formulas and order are torchvision's. Each image draws its own
    factors and its own order of the four operations; values are clipped to
    0..1 after each one. Contrast pivots on the mean gray of the image,
    saturation on the gray of each pixel. Three channels are red, green and
    blue; for any other number the gray is the mean of the channels.

    Args:
        brightness, contrast, saturation: Float `s >= 0`, for factors uniform
            in `[max(0, 1 - s), 1 + s]`, or the pair `(lowest, highest)`
            itself. Default to 0: no change.
        hue: Float `h` in [0, 0.5], for a shift uniform in `[-h, h]` turns of
            the color circle, or the pair itself. Defaults to 0.
        probability: Float in [0, 1], share of the images that are changed.
            Defaults to 1.0.

    Parameters: `applied`, `order` (four numbers: the operation executed
        first, second, ...; 0 brightness, 1 contrast, 2 saturation, 3 hue), and
        the four factors. The neutral vector is 0; 0, 1, 2, 3; 1, 1, 1, 0.

    Raises:
        ValueError: For a strength out of range, or, where saturation or hue
            is on, for images without exactly three channels.

    Example:

    >>> jitter = keras_contrastive.views.ColorJitter(0.4, 0.4, 0.4, 0.1)
    >>> jitter.parameters["order"]
    4

    Reference: Chen et al., 2020, https://arxiv.org/abs/2002.05709, appendix A;
        EquiMod's layout, https://arxiv.org/abs/2211.01244.
    """

    num_uniforms = 8
    parameters = {
        "applied": 1,
        "order": 4,
        "brightness": 1,
        "contrast": 1,
        "saturation": 1,
        "hue": 1,
    }

    def __init__(
        self,
        brightness: Strength = 0.0,
        contrast: Strength = 0.0,
        saturation: Strength = 0.0,
        hue: Strength = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.brightness = factor_range("brightness", brightness)
        self.contrast = factor_range("contrast", contrast)
        self.saturation = factor_range("saturation", saturation)
        self.hue = hue_range(hue)

    @property
    def ranges(self) -> dict[str, tuple[float, float]]:
        """Lowest and highest factor, or shift, of each operation."""
        return {name: getattr(self, name) for name in OPERATIONS}

    def is_on(self, name: str) -> bool:
        """Whether an operation changes anything."""
        return self.ranges[name] != (NEUTRAL[name],) * 2

    def check(self, image_shape: tuple[int, int, int]) -> None:
        in_color = self.is_on("saturation") or self.is_on("hue")
        if in_color and image_shape[-1] != 3:
            raise ValueError(
                "`saturation` and `hue` need images with 3 channels, red, "
                "green and blue. Of RGBA take `images[..., :3]`; give gray "
                "images to an encoder of RGB by `np.repeat(images, 3, "
                "axis=-1)`; for other images leave them at 0, as "
                "`keras_contrastive.views.simclr(..., "
                f"channels={image_shape[-1]})` does. "
                f"Received: image shape {tuple(image_shape)}"
            )

    def sample(
        self, uniforms: Any, image_shape: tuple[int, int, int]
    ) -> dict[str, Any]:
        draws = {"order": ops.cast(ops.argsort(uniforms[:, :4]), "float32")}
        for column, name in enumerate(OPERATIONS, start=4):
            low, high = self.ranges[name]
            draws[name] = low + (high - low) * uniforms[:, column]
        return draws

    def neutral(self, image_shape: tuple[int, int, int]) -> dict[str, Any]:
        return {"order": [0.0, 1.0, 2.0, 3.0], **NEUTRAL}

    def change(self, planes: Any, draws: Any) -> Any:
        names = [name for name in OPERATIONS[:3] if self.is_on(name)]
        columns = ops.unstack(ops.argsort(draws["order"]), 4, axis=1)
        position = dict(zip(OPERATIONS, columns, strict=True))
        ranks = {
            name: sum(
                ops.cast(position[other] < position[name], "int32")
                for other in names
                if other != name
            )
            for name in names
        }
        count, height, width = planes.shape[1:]
        if count == 3:
            channels = ops.unstack(planes, 3, axis=1)
        else:
            # Without color, all channels are like one tall gray plane.
            channels = [ops.reshape(planes, (-1, count * height, width))]
        if not self.is_on("hue"):
            channels = run_slots(channels, slots_of(ranks, draws))
            channels = ops.stack(channels, axis=1)
            return ops.reshape(channels, (-1, count, height, width))
        # Hue is the costly one and comes once; the others have a slot of
        # their rank on each side of it and are active on one.
        before = {name: position[name] < position["hue"] for name in names}
        after = {name: ops.logical_not(before[name]) for name in names}
        channels = run_slots(channels, slots_of(ranks, draws, before))
        channels = shift_hue(channels, draws["hue"])
        channels = run_slots(channels, slots_of(ranks, draws, after))
        return ops.stack(channels, axis=1)


def factor_range(name, value):
    if np.ndim(value) == 0:
        pair = (max(0.0, 1 - float(value)), 1 + float(value))
    else:
        pair = tuple(float(bound) for bound in value)
    if len(pair) != 2 or not 0 <= pair[0] <= pair[1]:
        raise ValueError(
            f"`{name}` must be a strength of at least 0, e.g. 0.4, or a pair "
            f"0 <= lowest <= highest of factors. Received: {name}={value}"
        )
    return pair


def hue_range(value):
    if np.ndim(value) == 0:
        pair = (-float(value), float(value))
    else:
        pair = tuple(float(bound) for bound in value)
    if len(pair) != 2 or not -0.5 <= pair[0] <= pair[1] <= 0.5:
        raise ValueError(
            "`hue` must be a shift between 0 and 0.5 turns, or a pair of "
            f"shifts within [-0.5, 0.5]. Received: hue={value}"
        )
    return pair


def slots_of(ranks, draws, active=None):
    """What happens in the first, second, ... place, for each image.

    Returns:
        A triple `(batch,)` for each operation: its factor, 1 where nothing
        happens; 1 where it is contrast; 1 where it is saturation.
    """
    slots = []
    for slot in range(len(ranks)):
        factor, switch = 1.0, {"contrast": 0.0, "saturation": 0.0}
        for name, rank in ranks.items():
            chosen = ops.equal(rank, slot)
            if active is not None:
                chosen = ops.logical_and(chosen, active[name])
            factor = ops.where(chosen, draws[name], factor)
            switch[name] = ops.cast(chosen, "float32")
        slots.append((factor, switch["contrast"], switch["saturation"]))
    return slots


def run_slots(channels, slots):
    """Blends with black, mean gray or gray, as each slot and image says."""
    for factor, contrast, saturation in slots:
        gray = gray_of(channels)
        mean = ops.mean(gray, axis=(1, 2), keepdims=True)
        factor = per_image(factor)
        pivot = per_image(contrast) * mean + per_image(saturation) * gray
        offset = (1 - factor) * pivot
        channels = [
            ops.clip(factor * plane + offset, 0.0, 1.0) for plane in channels
        ]
    return channels


def shift_hue(channels, turns):
    """Turns the hue of planes; saturation and value of HSV stay.

    On the circle of six sectors a channel is a trapezoid of the hue, between
    the pixel's lowest and highest channel.
    """
    hue, low, high = hue_of(*channels)
    sector = full_turns_off(hue + 6 * per_image(turns))
    return [
        low + (high - low) * ops.clip(trapezoid, 0.0, 1.0)
        for trapezoid in (
            ops.abs(sector - 3) - 1,
            2 - ops.abs(sector - 2),
            2 - ops.abs(sector - 4),
        )
    ]

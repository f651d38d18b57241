from typing import Any

import keras
from keras import ops

from keras_contrastive._check_integer import check_integer
from keras_contrastive._config import Configured
from keras_contrastive._export import export
from keras_contrastive.ops import unit_range

KINDS = ("vp", "nvp")


@export
class ColorFlow(Configured, keras.layers.Layer):
    """A learned color space: an invertible function of each pixel.

    Each step mixes the three channels by a matrix and then changes some of
    them by an amount that the others decide (a coupling), the first one and
    the last two in turn. It has an exact inverse, so it loses nothing of an
    image; it only decides which channel holds what. As created it changes
    nothing.

    Args:
        kind: `"vp"`, volume-preserving: rotations and additive couplings; or
            `"nvp"`: any invertible matrices and affine couplings.
        steps: Integer, mixes and couplings. Defaults to 4.
        hidden_units: Integer, width of the two hidden layers that decide on
            a coupling. Defaults to 32.

    Call arguments:
        images: `(batch, height, width, 3)`, `uint8` in 0..255 or float.

    Returns:
        float32 tensor of the same shape, of no fixed range.

    Methods:
        inverse: Images, floats, from what `call` returned.
        log_det: Logarithm of the volume of each pixel's neighborhood after
            over before, `(batch, height, width)`; 0 for `"vp"`.

    Raises:
        ValueError: For another kind, a number below 1 or images without
            three channels.

    Example:

    >>> flow = keras_contrastive.layers.ColorFlow("vp")
    >>> first, others = ops.split(flow(images), [1], axis=-1)

    Reference: Tian et al., 2020, https://arxiv.org/abs/2005.10243, section
        4.2, whose generator was not released: couplings of Dinh et al.,
        2014, https://arxiv.org/abs/1410.8516, and 2016,
        https://arxiv.org/abs/1605.08803, matrices of Kingma and Dhariwal,
        2018, https://arxiv.org/abs/1807.03039; sizes are ours.
    """

    def __init__(
        self,
        kind: str = "vp",
        *,
        steps: int = 4,
        hidden_units: int = 32,
        **kwargs: Any,
    ) -> None:
        super().__init__(**{**kwargs, "dtype": "float32"})
        if kind not in KINDS:
            raise ValueError(
                f"`kind` must be one of {KINDS}. Received: kind={kind!r}"
            )
        check_integer("steps", steps, 1)
        check_integer("hidden_units", hidden_units, 1)
        self.kind, self.steps, self.hidden_units = kind, steps, hidden_units
        self.mixes = [Mix(kind == "nvp") for _ in range(steps)]
        self.couplings = [
            Coupling(1 + i % 2, i % 2 == 0, kind == "nvp", hidden_units)
            for i in range(steps)
        ]

    def build(self, input_shape):
        if input_shape[-1] != 3:
            raise ValueError(
                "`images` must have three channels. "
                f"Received: shape {tuple(input_shape)}"
            )
        for layer in (*self.mixes, *self.couplings):
            layer.build(input_shape)

    def call(self, images):
        return self.with_log_det(images)[0]

    def log_det(self, images: Any) -> Any:
        return self.with_log_det(images)[1]

    def with_log_det(self, images):
        self.build_if_needed(images)
        x = unit_range(images)
        total = ops.zeros_like(x[..., 0])
        for mix, coupling in zip(self.mixes, self.couplings, strict=True):
            x, log_det = coupling(mix(x))
            total = total + mix.log_det() + log_det
        return x, total

    def build_if_needed(self, images):
        if not self.built:
            self.build(images.shape)

    def inverse(self, images: Any) -> Any:
        self.build_if_needed(images)
        x = images
        pairs = list(zip(self.mixes, self.couplings, strict=True))
        for mix, coupling in reversed(pairs):
            x = mix.inverse(coupling.inverse(x))
        return x


class Mix(keras.layers.Layer):
    """A rotation of the channels; `free`, times scales and shears."""

    def __init__(self, free):
        super().__init__(dtype="float32")
        self.free = free

    def build(self, input_shape):
        weight = {"shape": (3,), "initializer": "zeros"}
        self.angles = self.add_weight(name="angles", **weight)
        if self.free:
            self.scales = self.add_weight(name="scales", **weight)
            self.shears = self.add_weight(name="shears", **weight)

    def matrix(self):
        c, s = ops.cos(self.angles), ops.sin(self.angles)
        one, zero = ops.ones_like(c[0]), ops.zeros_like(c[0])
        rows = (
            (one, zero, zero, zero, c[0], -s[0], zero, s[0], c[0]),
            (c[1], zero, s[1], zero, one, zero, -s[1], zero, c[1]),
            (c[2], -s[2], zero, s[2], c[2], zero, zero, zero, one),
        )
        x, y, z = (ops.reshape(ops.stack(r), (3, 3)) for r in rows)
        rotation = ops.matmul(z, ops.matmul(y, x))
        if not self.free:
            return rotation
        scales = ops.exp(self.scales)
        a, b, d = ops.unstack(ops.convert_to_tensor(self.shears))
        upper = (scales[0], a, b, zero, scales[1], d, zero, zero, scales[2])
        return ops.matmul(rotation, ops.reshape(ops.stack(upper), (3, 3)))

    def call(self, x):
        return ops.matmul(x, ops.transpose(self.matrix()))

    def inverse(self, x):
        matrix = self.matrix()
        back = ops.inv(matrix) if self.free else ops.transpose(matrix)
        return ops.matmul(x, ops.transpose(back))

    def log_det(self):
        return ops.sum(self.scales) if self.free else 0.0


class Coupling(keras.layers.Layer):
    """Some channels decide what is added to, and multiplied with, others.

    Args:
        kept: Integer, channels that stay and decide.
        first: Boolean, whether the first channels stay, or the last.
        affine: Boolean, whether to multiply too.
        hidden_units: Integer.
    """

    def __init__(self, kept, first, affine, hidden_units):
        super().__init__(dtype="float32")
        self.kept, self.first, self.affine = kept, first, affine
        self.conditioner = [
            keras.layers.Dense(hidden_units, "relu", dtype="float32"),
            keras.layers.Dense(hidden_units, "relu", dtype="float32"),
            keras.layers.Dense(
                (1 + affine) * (3 - kept),
                kernel_initializer="zeros",
                dtype="float32",
            ),
        ]

    def build(self, input_shape):
        shape = (*input_shape[:-1], self.kept)
        for layer in self.conditioner:
            layer.build(shape)
            shape = layer.compute_output_shape(shape)

    def parts(self, x):
        if self.first:
            return ops.split(x, [self.kept], axis=-1)
        changed, kept = ops.split(x, [3 - self.kept], axis=-1)
        return kept, changed

    def together(self, kept, changed):
        parts = (kept, changed) if self.first else (changed, kept)
        return ops.concatenate(parts, axis=-1)

    def decide(self, kept):
        x = kept
        for layer in self.conditioner:
            x = layer(x)
        if not self.affine:
            return x, ops.zeros_like(x)
        shift, scale = ops.split(x, 2, axis=-1)
        # Bounded, so that no channel is blown up or erased in one step.
        return shift, ops.tanh(scale)

    def call(self, x):
        kept, changed = self.parts(x)
        shift, scale = self.decide(kept)
        changed = changed * ops.exp(scale) + shift
        return self.together(kept, changed), ops.sum(scale, axis=-1)

    def inverse(self, x):
        kept, changed = self.parts(x)
        shift, scale = self.decide(kept)
        return self.together(kept, (changed - shift) * ops.exp(-scale))

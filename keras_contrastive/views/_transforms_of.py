import keras
import numpy as np

from keras_contrastive.views.adapters.augment import Augment
from keras_contrastive.views.base_transform import BaseTransform

KINDS = (
    "transforms of `keras_contrastive.views` or image augmentation layers of "
    "`keras.layers` or `keras_cv.layers`"
)


def transforms_of(parts, argument):
    """Flat list of transforms, from what `argument` of a user holds.

    A list, a `keras.Sequential`, `keras.layers.Pipeline` or
    `keras_cv.layers.Augmenter` stands for its parts, one after the other; a
    layer of Keras or keras-cv for an `Augment` of it.
    """
    if isinstance(parts, BaseTransform):
        return [parts]
    if is_sequence(parts):
        found = parts if isinstance(parts, (list, tuple)) else parts.layers
        return [t for part in found for t in transforms_of(part, argument)]
    if isinstance(parts, keras.layers.Rescaling):
        return rescaled(parts, argument)
    if isinstance(parts, keras.layers.Layer) or callable(parts):
        try:
            return [Augment(parts)]
        except ValueError as error:
            raise ValueError(f"In `{argument}`: {error}") from error
    raise ValueError(
        f"`{argument}` must be a non-empty list of {KINDS}. "
        f"Received: {argument}={parts!r}"
    )


def is_sequence(parts):
    """Whether it stands for several layers, one after the other."""
    sequences = (list, tuple, keras.Sequential, keras.layers.Pipeline)
    return isinstance(parts, sequences) or type(parts).__name__ == "Augmenter"


def rescaled(layer, argument):
    """What a `Rescaling` of 0..255 does to the pixels in 0..1: nothing."""
    scale, offset = np.asarray(layer.scale), np.asarray(layer.offset)
    if np.allclose(255 * scale, 1) and np.allclose(offset, 0):
        return []
    raise ValueError(
        f"`{argument}` may hold a `Rescaling` to 0..1, `Rescaling(1 / 255)`, "
        "which views are anyway. Make another one the first layer of the "
        "encoder, which is then evaluated and saved with it. "
        f"Received: scale={layer.scale}, offset={layer.offset}"
    )

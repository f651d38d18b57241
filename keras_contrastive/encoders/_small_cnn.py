from collections.abc import Sequence

import keras
import numpy as np

from keras_contrastive._checked import checked
from keras_contrastive.encoders._check_arguments import LAST, check_arguments
from keras_contrastive.layers._batch_norm import batch_norm


@checked
def SmallCNN(
    input_shape: tuple[int | None, int | None, int] = (32, 32, 3),
    *,
    width: int = 24,
    convolutions: Sequence[tuple[int, int]] = (
        (1, 2),
        (2, 1),
        (2, 2),
        (4, 1),
        (4, 2),
    ),
    rescale: bool = True,
    name: str | None = None,
) -> keras.Model:
    """A few convolutions, for small images and a CPU.

    Each convolution is 3x3, without a bias, and followed by batch
    normalization and ReLU; global average pooling ends the network.
    With the defaults it has 157 thousand weights.

    Args:
        input_shape: `(height, width, channels)` of images in 0..1; `None`
            sides make an encoder for any size. Defaults to `(32, 32, 3)`.
        width: Integer, channels of a convolution of multiple 1. Defaults to
            24.
        convolutions: Pairs `(multiple, strides)`, one per convolution: it has
            `multiple * width` channels. Defaults to five, three of which
            halve the map.
        rescale: Boolean, whether to bring images from 0..1 to -1..1 first.
            Defaults to True.
        name: Name of the model.

    Returns:
        A functional `keras.Model`, images to features `(batch, multiple *
        width)` by the multiple of the last convolution.

    Raises:
        ValueError: For an input shape that is not `(height, width,
            channels)`, a width below 1, or convolutions that are not pairs of
            positive integers.

    Example:

    >>> encoder = keras_contrastive.encoders.SmallCNN((32, 32, 3))
    >>> encoder.output_shape
    (None, 96)
    """
    check_arguments(input_shape, width)
    check_convolutions(convolutions)
    x = images = keras.Input(input_shape, name="images")
    if rescale:
        x = keras.layers.Rescaling(2.0, -1.0)(x)
    for multiple, strides in convolutions:
        x = keras.layers.Conv2D(
            multiple * width, 3, strides, "same", LAST, use_bias=False
        )(x)
        x = batch_norm()(x)
        x = keras.layers.ReLU()(x)
    features = keras.layers.GlobalAveragePooling2D(LAST, name="features")(x)
    return keras.Model(images, features, name=name or "small_cnn")


def check_convolutions(convolutions):
    try:
        pairs = np.asarray(convolutions)
        valid = pairs.shape[1:] == (2,) and pairs.dtype.kind in "iu"
        valid = valid and len(pairs) > 0 and (pairs > 0).all()
    except ValueError:  # rows of different length
        valid = False
    if not valid:
        raise ValueError(
            "`convolutions` must be pairs (multiple, strides) of positive "
            f"integers, at least one. Received: convolutions={convolutions}"
        )

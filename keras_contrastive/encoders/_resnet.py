"""Residual networks with the stems of the self-supervised papers."""

import functools
import warnings
from collections.abc import Sequence

import keras
import numpy as np

from keras_contrastive._checked import checked
from keras_contrastive.encoders._check_arguments import LAST, check_arguments
from keras_contrastive.encoders._norms import NORMS

Normalization = tuple[float | Sequence[float], float | Sequence[float]]

STEMS = ("auto", "cifar", "imagenet")


@checked
def ResNet18(
    input_shape: tuple[int | None, int | None, int] = (32, 32, 3),
    *,
    stem: str = "auto",
    width: int = 64,
    normalization: Normalization | None = None,
    zero_init_residual: bool = True,
    block_norm: str = "batch",
    name: str | None = None,
) -> keras.Model:
    """ResNet-18: two basic blocks in each of four stages.

    Args:
        input_shape: `(height, width, channels)` of images in 0..1; `None`
            sides make an encoder for any size. Defaults to `(32, 32, 3)`.
        stem: `"cifar"` (3x3 convolution, full resolution) for small images,
            `"imagenet"` (7x7 convolution and pooling, a quarter of it), or
            `"auto"`: CIFAR's up to 64 pixels a side, ImageNet's above. Of
            open sides `"auto"` takes CIFAR's; `ResNet50` ImageNet's.
            Defaults to `"auto"`.
        width: Integer, channels of the first stage; each further stage
            doubles them. Defaults to 64.
        normalization: Pair `(mean, std)` of numbers or one number per channel;
            the first layer subtracts and divides. For ImageNet's usual
            values: `((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))`. Defaults
            to None, as in SimCLR. Here it serves views and evaluation alike.
        zero_init_residual: Boolean, start each block as its shortcut. Trains
            better; an untrained network then sees little beyond its stem, so
            set it to False for a random encoder to compare with. Defaults to
            True, as in SimCLR and BYOL; False in MoCo's code.
        block_norm: `"batch"` (batch normalization), or `"layer"`: each image
            is normalized by itself, over its rows, columns and channels, with
            a scale and a shift for each channel. Images of a batch, or
            patches, then cannot tell of each other, as in CPC v2. Defaults to
            `"batch"`.
        name: Name of the model.

    Returns:
        A functional `keras.Model`, images to features `(batch, 8 * width)`
        after global average pooling. Layers `stage_1` to `stage_4` give the
        feature maps.

    Warns:
        UserWarning: For CIFAR's stem above 128 pixels a side, which makes
            fifteen times the work of ImageNet's, and for ImageNet's up to 32
            pixels, of which it leaves a map of one.

    Raises:
        ValueError: For an unknown stem or `block_norm`, a width below 1, or
            an input shape that is not `(height, width, channels)`.

    Example:

    >>> encoder = keras_contrastive.encoders.ResNet18((32, 32, 3))
    >>> encoder.output_shape
    (None, 512)

    Reference: He et al., 2015, https://arxiv.org/abs/1512.03385; details as
        in SimCLR's code: projection shortcut in every stage, last norm of a
        block starts at zero.
    """
    return resnet(
        basic_block,
        (2, 2, 2, 2),
        input_shape,
        stem,
        "cifar",
        width,
        normalization,
        zero_init_residual,
        block_norm,
        name or "resnet18",
    )


@checked
def ResNet34(
    input_shape: tuple[int | None, int | None, int] = (32, 32, 3),
    *,
    stem: str = "auto",
    width: int = 64,
    normalization: Normalization | None = None,
    zero_init_residual: bool = True,
    block_norm: str = "batch",
    name: str | None = None,
) -> keras.Model:
    """ResNet-34: 3, 4, 6 and 3 basic blocks. See `ResNet18`.

    Returns:
        A functional `keras.Model`, images to features `(batch, 8 * width)`.

    Example:

    >>> keras_contrastive.encoders.ResNet34((96, 96, 3)).output_shape
    (None, 512)
    """
    return resnet(
        basic_block,
        (3, 4, 6, 3),
        input_shape,
        stem,
        "cifar",
        width,
        normalization,
        zero_init_residual,
        block_norm,
        name or "resnet34",
    )


@checked
def ResNet50(
    input_shape: tuple[int | None, int | None, int] = (224, 224, 3),
    *,
    stem: str = "auto",
    width: int = 64,
    normalization: Normalization | None = None,
    zero_init_residual: bool = True,
    block_norm: str = "batch",
    name: str | None = None,
) -> keras.Model:
    """ResNet-50: 3, 4, 6 and 3 bottleneck blocks. See `ResNet18`.

    Returns:
        A functional `keras.Model`, images to features `(batch, 32 * width)`.

    Example:

    >>> keras_contrastive.encoders.ResNet50((224, 224, 3)).output_shape
    (None, 2048)
    """
    return resnet(
        bottleneck_block,
        (3, 4, 6, 3),
        input_shape,
        stem,
        "imagenet",
        width,
        normalization,
        zero_init_residual,
        block_norm,
        name or "resnet50",
    )


def resnet(
    block,
    depths,
    input_shape,
    stem,
    stem_of_open_sides,
    width,
    normalization,
    zero_init_residual,
    block_norm,
    name,
):
    check_arguments(input_shape, width)
    if stem not in STEMS:
        raise ValueError(
            f"`stem` must be one of {STEMS}. Received: stem={stem!r}"
        )
    if block_norm not in NORMS:
        raise ValueError(
            f"`block_norm` must be one of {tuple(NORMS)}. "
            f"Received: block_norm={block_norm!r}"
        )
    unit = functools.partial(conv_norm, NORMS[block_norm])
    sides = input_shape[:2]
    if stem != "auto":
        warn_of_stem(stem, sides)
    elif None in sides:
        stem = stem_of_open_sides
    else:
        stem = "cifar" if max(sides) <= 64 else "imagenet"
    x = images = keras.Input(input_shape, name="images")
    if normalization is not None:
        mean, variance = mean_and_variance(normalization)
        x = keras.layers.Normalization(mean=mean, variance=variance)(x)
    if stem == "cifar":
        x = unit(x, width, 3)
    else:
        x = unit(x, width, 7, strides=2)
        x = keras.layers.ZeroPadding2D(1, data_format=LAST)(x)
        x = keras.layers.MaxPooling2D(3, strides=2, data_format=LAST)(x)
    for stage, depth in enumerate(depths):
        for index in range(depth):
            strides = 2 if stage > 0 and index == 0 else 1
            x = block(
                unit,
                x,
                width * 2**stage,
                strides,
                project=index == 0,
                last_gamma="zeros" if zero_init_residual else "ones",
            )
            last = index == depth - 1
            x = keras.layers.ReLU(name=f"stage_{stage + 1}" if last else None)(
                x
            )
    features = keras.layers.GlobalAveragePooling2D(LAST, name="features")(x)
    return keras.Model(images, features, name=name)


def warn_of_stem(stem, sides):
    if None in sides:
        return
    better = None
    if stem == "cifar" and max(sides) > 128:
        better = "imagenet"
    elif stem == "imagenet" and max(sides) <= 32:
        better = "cifar"
    if better:
        warnings.warn(
            f"`stem` is made for other images than of {tuple(sides)} pixels: "
            f"write `stem={better!r}`, or leave it out. "
            f"Received: stem={stem!r}",
            stacklevel=5,
        )


def basic_block(unit, x, filters, strides, project, last_gamma):
    shortcut = x
    if project:
        shortcut = unit(x, filters, 1, strides, activate=False)
    x = unit(x, filters, 3, strides)
    x = unit(x, filters, 3, activate=False, gamma=last_gamma)
    return keras.layers.Add()([x, shortcut])


def bottleneck_block(unit, x, filters, strides, project, last_gamma):
    shortcut = x
    if project:
        shortcut = unit(x, 4 * filters, 1, strides, activate=False)
    x = unit(x, filters, 1)
    x = unit(x, filters, 3, strides)
    x = unit(x, 4 * filters, 1, activate=False, gamma=last_gamma)
    return keras.layers.Add()([x, shortcut])


def conv_norm(norm, x, filters, size, strides=1, activate=True, gamma="ones"):
    """Convolution, normalization and, to activate, ReLU."""
    padding = "same"
    if strides > 1 and size > 1:
        # Pads as much on each side; "same" would shift odd strides.
        x = keras.layers.ZeroPadding2D(size // 2, data_format=LAST)(x)
        padding = "valid"
    x = keras.layers.Conv2D(
        filters,
        size,
        strides,
        padding,
        data_format=LAST,
        use_bias=False,
        kernel_initializer="he_normal",
    )(x)
    x = norm(gamma_initializer=gamma)(x)
    return keras.layers.ReLU()(x) if activate else x


def mean_and_variance(normalization):
    try:
        mean, std = (np.asarray(part, "float64") for part in normalization)
        mean, std = np.broadcast_arrays(mean, std)
        valid = (std > 0).all()
    except (TypeError, ValueError):
        valid = False
    if not valid:
        raise ValueError(
            "`normalization` must be a pair (mean, std) of numbers or of one "
            "number per channel, std above 0. "
            f"Received: normalization={normalization}"
        )
    return mean.tolist(), (std**2).tolist()

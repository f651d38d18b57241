import math

import keras

from keras_contrastive._checked import checked


@checked
def feature_pyramid(encoder: keras.Model) -> keras.Model:
    """The feature maps of an encoder at each resolution, coarser and coarser.

    What detection and segmentation heads are put on. The model that is
    returned is made of the very layers of the encoder: it has the pretrained
    weights, and training it trains them.

    Level `"P3"`, say, is the last feature map whose sides are an eighth
    (`1 / 2**3`, rounded up) of the image's. A map of one pixel counts, a
    feature vector does not. Saved, the model needs Keras alone to load.

    Args:
        encoder: Functional or `Sequential` `keras.Model` with one input
            `(height, width, channels)` of known sides, such as
            `kc.encoders.ResNet18`.

    Returns:
        `keras.Model`, images to a dictionary of maps `(batch, height, width,
        channels)` by level. Its `pyramid_level_inputs` names the layer of
        each level: as a backbone, keras-cv's `RetinaNet` takes it as it is,
        if it has levels P3 to P5.

    Raises:
        ValueError: If the encoder is not such a model or has no feature map.

    Example:

    >>> encoder = kc.encoders.ResNet18((64, 64, 3), stem="imagenet")
    >>> backbone = kc.export.feature_pyramid(encoder)
    >>> detector = keras_cv.models.RetinaNet(
    ...     backbone, num_classes=10, bounding_box_format="xyxy"
    ... )

    Reference: Lin et al., 2017, https://arxiv.org/abs/1612.03144, for the
        levels; the top-down path belongs to the head.
    """
    if not isinstance(encoder, keras.Model) or not encoder.inputs:
        raise ValueError(
            "`encoder` must be a functional or `Sequential` model that is "
            f"built. Received: {encoder}"
        )
    shape = tuple(encoder.inputs[0].shape)
    if len(encoder.inputs) > 1 or len(shape) != 4 or None in shape[1:]:
        raise ValueError(
            "`encoder` must take images of one shape, for example "
            f"`ResNet18((64, 64, 3))`. Received: input shape {shape}"
        )
    sides, levels = shape[1:3], {}
    for layer in encoder.layers:
        if isinstance(layer, keras.layers.InputLayer):
            continue
        if getattr(layer, "data_format", None) == "channels_first":
            raise ValueError(
                "`encoder` must have maps (height, width, channels). Received: "
                f'layer {layer.name!r} of data_format="channels_first"'
            )
        level = level_of(layer.output, sides)
        if level and isinstance(layer, keras.Model):
            raise ValueError(
                "`encoder` must be made of layers, so that all of its maps can "
                f"be seen: take `encoder.get_layer({layer.name!r})`, whose "
                f"weights are the same. Received: a model in a model, {layer}"
            )
        if level is not None and not isinstance(layer, keras.Model):
            levels[level] = layer
    if not levels:
        raise ValueError(
            "`encoder` must have layers that return feature maps (batch, "
            f"height, width, channels). Received: {encoder.layers}"
        )
    pyramid = keras.Model(
        encoder.inputs[0],
        {f"P{level}": levels[level].output for level in sorted(levels)},
        name=f"{encoder.name}_pyramid",
    )
    pyramid.pyramid_level_inputs = {
        f"P{level}": levels[level].name for level in sorted(levels)
    }
    return pyramid


def level_of(output, sides):
    """How often the sides of a map were halved, or None."""
    if not hasattr(output, "shape") or len(output.shape) != 4:
        return None
    found = tuple(output.shape[1:3])
    if None in found or 0 in found:
        return None
    level = max(0, round(math.log2(max(sides) / max(found))))
    halved = tuple(math.ceil(side / 2**level) for side in sides)
    return level if found == halved else None

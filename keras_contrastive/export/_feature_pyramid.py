import math

import keras

from keras_contrastive._checked import checked
from keras_contrastive._feature_maps import feature_maps


@checked
def feature_pyramid(encoder: keras.Model) -> keras.Model:
    """The feature maps of an encoder at each resolution, coarser and coarser.

    What detection and segmentation heads are put on. The model that is
    returned is made of the very layers of the encoder: it has the pretrained
    weights, and training it trains them.

    Level `"P3"`, say, is the last feature map whose sides are an eighth
    (`1 / 2**3`, rounded up) of the image's. A map of one pixel counts; a
    feature vector does not, nor does what is only padded for the next layer.
    Saved, the model needs Keras alone to load.

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
    levels = {}
    images, maps, _ = feature_maps(encoder)
    for name, output in maps.items():
        level = level_of(output.shape[1:3], images.shape[1:3])
        if level is not None:
            levels[level] = name
    if not levels:
        raise ValueError(
            "`encoder` must have layers that return feature maps (batch, "
            f"height, width, channels). Received: {encoder.layers}"
        )
    levels = {f"P{level}": levels[level] for level in sorted(levels)}
    pyramid = keras.Model(
        images,
        {level: maps[name] for level, name in levels.items()},
        name=f"{encoder.name}_pyramid",
    )
    pyramid.pyramid_level_inputs = levels
    return pyramid


def level_of(found, sides):
    """How often the sides of a map were halved, or None."""
    level = max(0, round(math.log2(max(sides) / max(found))))
    halved = tuple(math.ceil(side / 2**level) for side in sides)
    return level if found == halved else None

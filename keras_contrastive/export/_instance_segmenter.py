import keras
import numpy as np
from keras import ops

from keras_contrastive._check_encoder import check_pixels
from keras_contrastive._check_integer import check_integer
from keras_contrastive._checked import checked
from keras_contrastive.export._feature_pyramid import feature_pyramid
from keras_contrastive.export._roi_align import roi_align
from keras_contrastive.export._top_down import LAST, top_down

# The paper's, of each box: features, twice as many pixels of the mask.
SIDE = 14


@checked
def instance_segmenter(
    encoder: keras.Model, num_classes: int, *, units: int = 64
) -> keras.Model:
    """Puts Mask R-CNN's mask head on an encoder: a mask for each box.

    The boxes are the true ones in training and a detector's afterwards, from
    keras-cv's `RetinaNet` on `feature_pyramid(encoder)`, say. Of the features
    under each box (RoIAlign, 14 x 14 bins) four convolutions of 3 x 3 and one
    that doubles the sides make one mask for each class, and that of the class
    asked for is returned: only the mask of the true class has a loss, and
    classes do not compete. The encoder's layers are shared: training the
    model trains them. Saved, it needs Keras alone to load.

    Boxes of all sizes are read from the finest feature map, to which the
    coarser ones were added as in a feature pyramid network; the paper reads
    each from the level of its size.

    Args:
        encoder: `keras.Model` as `feature_pyramid` takes it.
        num_classes: Integer from 1, without background.
        units: Integer from 1, channels of the head. Defaults to 64; the
            paper has 256.

    Returns:
        `keras.Model`, of a list of three: float images in 0..1; boxes `(batch,
        boxes, 4)`, left, top, right and bottom edge in pixels; their classes
        `(batch, boxes)`, integers from 0. It returns logits `(batch, boxes, 28,
        28)`, the mask within the box. Where an image has fewer boxes, fill up
        with any and the class -1, whose logits are 0; in training their
        `sample_weight` `(batch, boxes, 1)` is 0.

    Raises:
        ValueError: For an encoder without feature maps or of open sides, or a
            number out of range.

    Example:

    >>> model = kc.export.instance_segmenter(encoder, num_classes=10)
    >>> model.compile("adam", keras.losses.BinaryCrossentropy(from_logits=True))
    >>> targets = kc.export.crop_masks(masks, boxes)
    >>> model.fit([images, boxes, classes], targets)
    >>> logits = model.predict([images, found_boxes, found_classes])
    >>> found = kc.export.paste_masks(logits, found_boxes, images.shape[1:3])

    Reference: He et al., 2017, https://arxiv.org/abs/1703.06870, section 3 and
        figure 4.
    """
    check_integer("num_classes", num_classes, 1)
    check_integer("units", units, 1)
    pyramid = feature_pyramid(encoder)
    check_pixels(encoder)
    images = pyramid.inputs[0]
    boxes = keras.Input((None, 4), name="boxes", dtype="float32")
    classes = keras.Input((None,), name="classes", dtype="int32")
    features = top_down(pyramid, units)
    height, width = np.divide(features.shape[1:3], images.shape[1:3])
    scale = np.array([width, height, width, height], "float32")
    x = roi_align(features, boxes * scale, SIDE)
    # Boxes lie along the depth, which a kernel of depth 1 does not mix.
    for _ in range(4):
        x = keras.layers.Conv3D(
            units,
            (1, 3, 3),
            padding="same",
            data_format=LAST,
            activation="relu",
        )(x)
    x = keras.layers.Conv3DTranspose(
        units, (1, 2, 2), (1, 2, 2), data_format=LAST, activation="relu"
    )(x)
    x = keras.layers.Conv3D(num_classes, 1, data_format=LAST, dtype="float32")(
        x
    )
    asked = ops.one_hot(classes, num_classes, dtype="float32")
    logits = ops.einsum("bnyxk,bnk->bnyx", x, asked)
    return keras.Model(
        [images, boxes, classes],
        logits,
        name=f"{encoder.name}_instance_segmenter",
    )

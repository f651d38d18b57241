import keras

from keras_contrastive._check_encoder import check_pixels
from keras_contrastive._check_integer import check_integer
from keras_contrastive._checked import checked
from keras_contrastive.export._feature_pyramid import feature_pyramid
from keras_contrastive.export._top_down import LAST, top_down


@checked
def segmenter(
    encoder: keras.Model, num_classes: int, *, units: int = 64
) -> keras.Model:
    """Puts a small segmentation head on an encoder.

    The coarsest feature map is enlarged step by step, each time added to the
    next finer one, as in a feature pyramid network; one convolution of 3 x 3
    and one of 1 x 1 read the classes, which are enlarged to the image. The
    encoder's layers are shared: training the segmenter trains them. Saved,
    the model needs Keras alone to load.

    Args:
        encoder: `keras.Model` as `feature_pyramid` takes it.
        num_classes: Integer from 2, background included.
        units: Integer from 1, channels of the head. Defaults to 64.

    Returns:
        `keras.Model`, float images in 0..1 to logits `(batch, height, width,
        num_classes)`.

    Raises:
        ValueError: For an encoder without feature maps or of open sides, or a
            number out of range.

    Example:

    >>> model = kc.export.segmenter(encoder, num_classes=11)
    >>> loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    >>> model.compile("adam", loss)
    >>> model.fit(images, masks)

    Reference: Lin et al., 2017, https://arxiv.org/abs/1612.03144, section 3,
        for the top-down path; the two convolutions are ours.
    """
    check_integer("num_classes", num_classes, 2)
    check_integer("units", units, 1)
    pyramid = feature_pyramid(encoder)
    check_pixels(encoder)
    x = keras.layers.Conv2D(
        units, 3, padding="same", data_format=LAST, activation="relu"
    )(top_down(pyramid, units))
    logits = keras.layers.Conv2D(
        num_classes, 1, data_format=LAST, dtype="float32"
    )(x)
    images = pyramid.inputs[0]
    if logits.shape[1:3] != images.shape[1:3]:
        enlarge = keras.layers.Resizing(
            *images.shape[1:3], data_format=LAST, dtype="float32"
        )
        logits = enlarge(logits)
    return keras.Model(images, logits, name=f"{encoder.name}_segmenter")

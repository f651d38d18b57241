"""Small parts that methods are made of in tests."""

import keras

import keras_contrastive as kc

IMAGE_SHAPE = (12, 12, 3)
SIDE = IMAGE_SHAPE[0]
# What banks remember; above the number of images of any check.
NUM_IMAGES = 1024


def encoder(input_shape=IMAGE_SHAPE, padding="valid", name=None):
    """A convolution net of two layers, 16 features."""
    layers = [keras.Input(input_shape)]
    for filters in (8, 16):
        layers += [
            keras.layers.Conv2D(
                filters, 3, strides=2, padding=padding, use_bias=False
            ),
            keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-5),
            keras.layers.ReLU(),
        ]
    layers.append(keras.layers.GlobalAveragePooling2D())
    return keras.Sequential(layers, name=name or "encoder")


def head(ending=None, units=32, hidden_units=128, **kwargs):
    return kc.layers.ProjectionHead(
        units, hidden_units=hidden_units, ending=ending, **kwargs
    )


def crop():
    return kc.views.RandomResizedCrop(SIDE, scale=(0.5, 1.0))


def full_views():
    """Mild views with all that SimCLR's have."""

    def pipeline():
        return kc.views.Pipeline(
            [
                crop(),
                kc.views.ColorJitter(0.4, 0.4, 0.4, 0.1, probability=0.8),
                kc.views.Grayscale(probability=0.2),
                kc.views.GaussianBlur(kernel_size=3, probability=0.5),
            ]
        )

    return kc.views.MultiView([pipeline(), pipeline()], seed=3)


def views(*pipelines):
    pipelines = [kc.views.Pipeline(transforms) for transforms in pipelines]
    return kc.views.MultiView(pipelines, seed=3)


def two_views(transforms):
    return views(transforms, transforms)


def two_crops():
    return two_views([crop()])

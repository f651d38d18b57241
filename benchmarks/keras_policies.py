"""A pipeline of ours in the layers of keras-cv, or of Keras.

Strengths are converted to the same ranges where units differ. The layers do
less than they are asked: color operations in a fixed order, borders blurred
with zeros; Keras crops one box for a whole batch and has no resized crop (a
random crop of 3/4 of the side and a resize stand in).
"""

import keras
import tensorflow as tf

import keras_contrastive as kc

RANGE = (0, 255)


def chain(layers):
    """Runs layers as their users do: in a `tf.function`, on uint8 batches."""

    @tf.function
    def call(images):
        for layer in layers:
            images = layer(images, training=True)
        return tf.cast(images, "float32") / 255

    return lambda images: call(images).numpy()


def keras_cv_layers(pipeline, image_size):
    import keras_cv

    layers = keras_cv.layers

    def with_chance(layer, transform):
        if transform.probability == 1:
            return [layer]
        if transform.probability == 0:
            return []
        return [layers.RandomApply(layer, rate=transform.probability)]

    found = []
    for transform in pipeline.transforms:
        match transform:
            case kc.views.RandomResizedCrop():
                found.append(
                    layers.RandomCropAndResize(
                        transform.image_size, transform.scale, transform.ratio
                    )
                )
                found.append(layers.RandomFlip("horizontal"))
            case kc.views.ColorJitter():
                tone, contrast, saturation, hue = strengths(transform)
                jitter = layers.RandomColorJitter(
                    value_range=RANGE,
                    brightness_factor=tone,
                    contrast_factor=contrast,
                    saturation_factor=saturation,
                    hue_factor=hue,
                )
                found += with_chance(jitter, transform)
            case kc.views.Grayscale():
                found += with_chance(
                    layers.Grayscale(output_channels=3), transform
                )
            case kc.views.GaussianBlur():
                blur = layers.RandomGaussianBlur(
                    kernel_size(image_size), transform.sigma
                )
                found += with_chance(blur, transform)
            case kc.views.Solarize():
                solarize = layers.Solarization(
                    RANGE, threshold_factor=(128, 128)
                )
                found += with_chance(solarize, transform)
            case kc.views.Augment():
                found.append(transform.layer)
    return found


def keras_layers(pipeline, image_size):
    layers = keras.layers
    found = []
    for transform in pipeline.transforms:
        chance = transform.probability
        match transform:
            case kc.views.RandomResizedCrop():
                side = image_size * 3 // 4
                found += [
                    layers.RandomCrop(side, side),
                    layers.Resizing(image_size, image_size),
                    layers.RandomFlip("horizontal"),
                ]
            case kc.views.ColorJitter():
                tone, contrast, saturation, hue = strengths(transform)
                found.append(
                    layers.RandomColorJitter(
                        value_range=RANGE,
                        brightness_factor=tone,
                        contrast_factor=(contrast, contrast),
                        saturation_factor=saturation,
                        hue_factor=hue,
                    )
                )
            case kc.views.Grayscale():
                found.append(layers.RandomGrayscale(chance))
            case kc.views.GaussianBlur():
                found.append(
                    layers.RandomGaussianBlur(
                        (chance, chance),
                        kernel_size=kernel_size(image_size),
                        sigma=transform.sigma,
                    )
                )
            case kc.views.Solarize():
                found.append(layers.Solarization(0.0, 0.5, RANGE))
            case kc.views.Augment():
                return None
    return found


def strengths(jitter):
    """Factors in the units of both libraries; they cannot reach 1."""
    tone = min(jitter.ranges["brightness"][1] - 1, 0.999)
    contrast = min(jitter.ranges["contrast"][1] - 1, 0.999)
    low, high = jitter.ranges["saturation"]
    # A factor f becomes the multiplier f / (1 - f).
    saturation = (low / (1 + low), high / (1 + high))
    return tone, contrast, saturation, 2 * jitter.ranges["hue"][1]


def kernel_size(image_size):
    return max(3, image_size // 10 | 1)

"""Images per second of SimCLR's views: ours, keras-cv's layers and Keras'.

python benchmarks/views.py [--quick]

One policy three times: crop, flip, colour jitter (p = 0.8), grey (p = 0.2),
at 224 pixels also blur (p = 0.5). The layers of the other libraries run as
their users would run them, in a `tf.function` on a batch of uint8 images, as
in `tf.data`; strengths are converted to the same ranges where their units
differ. They do less than the policy asks: a fixed order of the colour
operations; Keras crops one box for a whole batch and has no resized crop (a
random crop of 3/4 of the side and a resize stand in); keras-cv and Keras blur
with zeros beyond the border.
"""

import argparse
import json
import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import keras_cv
import numpy as np
import tensorflow as tf
from timing import median_seconds

import keras_contrastive as kc


def ours(size, batch):
    views = kc.views.simclr(size, **policy(size), seed=0)
    views.build((batch, size, size, 3))
    # Two views a call: half of the images a second are first views.
    call = tf.function(lambda images: views(images, training=True))
    return lambda images: [view.numpy() for view in call(images)]


def policy(size):
    return {"strength": 0.5, "blur": False} if size < 64 else {}


def colour(size):
    strength = policy(size).get("strength", 1.0)
    tone = min(0.8 * strength, 0.999)
    # keras-cv and Keras map a factor f to the multiplier f / (1 - f).
    saturation = ((1 - tone) / (2 - tone), (1 + tone) / (2 + tone))
    return tone, saturation, 0.4 * strength


def keras_cv_layers(size, batch):
    tone, saturation, hue = colour(size)
    layers = [
        keras_cv.layers.RandomCropAndResize(
            (size, size), (0.08, 1.0), (3 / 4, 4 / 3)
        ),
        keras_cv.layers.RandomFlip("horizontal"),
        keras_cv.layers.RandomApply(
            keras_cv.layers.RandomColorJitter(
                value_range=(0, 255),
                brightness_factor=tone,
                contrast_factor=tone,
                saturation_factor=saturation,
                hue_factor=hue,
            ),
            rate=0.8,
        ),
        keras_cv.layers.RandomApply(
            keras_cv.layers.Grayscale(output_channels=3), rate=0.2
        ),
    ]
    if size >= 64:
        blur = keras_cv.layers.RandomGaussianBlur(size // 10 | 1, (0.1, 2.0))
        layers.append(keras_cv.layers.RandomApply(blur, rate=0.5))
    return chain(layers)


def keras_layers(size, batch):
    tone, saturation, hue = colour(size)
    layers = [
        keras.layers.RandomCrop(size * 3 // 4, size * 3 // 4),
        keras.layers.Resizing(size, size),
        keras.layers.RandomFlip("horizontal"),
        keras.layers.RandomColorJitter(
            value_range=(0, 255),
            brightness_factor=tone,
            contrast_factor=(tone, tone),
            saturation_factor=saturation,
            hue_factor=hue,
        ),
        keras.layers.RandomGrayscale(0.2),
    ]
    if size >= 64:
        layers.append(
            keras.layers.RandomGaussianBlur(
                0.5, kernel_size=size // 10 | 1, sigma=(0.1, 2.0)
            )
        )
    return chain(layers)


def chain(layers):
    @tf.function
    def call(images):
        for layer in layers:
            images = layer(images, training=True)
        return tf.cast(images, "float32") / 255

    return lambda images: call(images).numpy()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer repeats")
    quick = parser.parse_args().quick
    print(f"{'':12}{'ours':>10}{'keras-cv':>10}{'Keras':>10}  images/s")
    vs_keras_cv, vs_keras = {}, {}
    for size, batch in ((32, 256), (224, 32 if quick else 64)):
        images = tf.constant(
            np.random.default_rng(0).integers(
                0, 256, (batch, size, size, 3), "uint8"
            )
        )
        made = {
            "ours": ours(size, batch),
            "keras-cv": keras_cv_layers(size, batch),
            "Keras": keras_layers(size, batch),
        }
        seconds = median_seconds(
            {n: lambda f=f, i=images: f(i) for n, f in made.items()},
            repeats=5 if quick else 15,
        )
        rates = {name: batch / s for name, s in seconds.items()}
        rates["ours"] *= 2
        name = f"simclr@{size}"
        print(f"{name:12}" + "".join(f"{rates[n]:10.0f}" for n in made))
        vs_keras_cv[name] = round(rates["ours"] / rates["keras-cv"], 2)
        vs_keras[name] = round(rates["ours"] / rates["Keras"], 2)
    print(json.dumps({"vs_keras_cv": vs_keras_cv, "vs_keras": vs_keras}))


if __name__ == "__main__":
    main()

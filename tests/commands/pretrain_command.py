"""A run of `pretrain`, as small as they come."""

import keras

from keras_contrastive.commands import main


def command(folder, output, *more, epochs=2):
    sizes = ("--image-size", "16", "--epochs", str(epochs))
    return main(
        ["pretrain", str(folder), "--output", str(output), *sizes, *more]
    )


def weights_of(output):
    return keras.saving.load_model(output / "encoder.keras").get_weights()

import keras
import numpy as np
import pytest

import keras_contrastive as kc
from keras_contrastive.export import segmenter


@pytest.mark.parametrize("side, stem", [(28, "cifar"), (48, "imagenet")])
def test_every_pixel_gets_logits_of_its_own(side, stem):
    encoder = kc.encoders.ResNet18((side, side, 1), stem=stem, width=2)
    model = segmenter(encoder, 3, units=4)
    images = np.random.default_rng(0).uniform(size=(2, side, side, 1))
    logits = keras.ops.convert_to_numpy(model(images.astype("float32")))
    assert logits.shape == (2, side, side, 3)
    assert np.ptp(logits[0, :, :, 0]) > 0


def test_learns_where_the_shape_is_and_trains_the_encoder():
    keras.utils.set_random_seed(0)
    images = np.asarray(
        next(iter(kc.data.shapes(64, 64, image_size=16, shuffle=False)))
    )
    masks = kc.data.shape_masks(64, image_size=16) > 0
    layers = [
        keras.Input((16, 16, 3)),
        keras.layers.Conv2D(8, 3, padding="same", activation="relu"),
        keras.layers.Conv2D(8, 3, strides=2, padding="same"),
        keras.layers.ReLU(),
        keras.layers.GlobalAveragePooling2D(),
    ]
    encoder = keras.Sequential(layers)
    before = encoder.get_weights()[0]
    model = segmenter(encoder, 2, units=8)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.01), loss)
    scaled = images.astype("float32") / 255
    model.fit(
        scaled, masks.astype("int32"), batch_size=64, epochs=150, verbose=0
    )
    found = model.predict(scaled, verbose=0).argmax(axis=-1)
    # Background everywhere is right where no shape is.
    wrong = (found != masks).mean()
    assert wrong < masks.mean() / 2
    assert np.abs(encoder.get_weights()[0] - before).max() > 0


def test_bad_arguments_are_named():
    encoder = kc.encoders.ResNet18((16, 16, 3), width=2)
    with pytest.raises(ValueError, match="`num_classes`"):
        segmenter(encoder, 1)
    with pytest.raises(ValueError, match="`units`"):
        segmenter(encoder, 2, units=0)
    with pytest.raises(ValueError, match="images of one shape"):
        segmenter(kc.encoders.ResNet18((None, None, 3), width=2), 2)

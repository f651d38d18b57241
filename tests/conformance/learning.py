"""A small task that a random encoder cannot do and views can teach.

The class is a faint pattern, the rest of the image is a random colour: near
neighbours of a random encoder share the colour. Views that hide colour leave
the pattern to recognise an image by.
"""

import keras
import numpy as np

import keras_contrastive as kc
from tests.conformance.methods import IMAGE_SHAPE, METHODS

AMPLITUDE = 0.1


def patterns(count, seed):
    """Faint stripes in one of four directions, on a ramp of two colours."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 4, count)
    y, x = np.mgrid[: IMAGE_SHAPE[0], : IMAGE_SHAPE[1]]
    waves = np.stack([x, y, x + y, x - y])[labels]
    phase = rng.uniform(0, 2 * np.pi, (count, 1, 1))
    stripes = AMPLITUDE * np.sin(2 * np.pi * waves / 4 + phase)
    start, slope_x, slope_y = rng.uniform(
        [[[0.2]], [[-0.3]], [[-0.3]]],
        [[[0.8]], [[0.3]], [[0.3]]],
        (count, 3, 1, IMAGE_SHAPE[2]),
    ).swapaxes(0, 1)[:, :, None]
    side = IMAGE_SHAPE[0]
    ramp = slope_x * (x / side)[..., None] + slope_y * (y / side)[..., None]
    images = start + ramp + stripes[..., None]
    return (255 * images.clip(0, 1)).astype("uint8"), labels


def views_without_colour():
    def pipeline():
        return kc.views.Pipeline(
            [
                kc.views.RandomResizedCrop(
                    IMAGE_SHAPE[0], scale=(0.5, 1.0), flip=0.0
                ),
                kc.views.ColorJitter(0.6, 0.6, 0.8, 0.5),
                kc.views.Grayscale(probability=0.5),
            ]
        )

    return kc.views.MultiView([pipeline(), pipeline()], seed=0)


def accuracy_before_and_after(method):
    """k-NN accuracy of the encoder as made, and after a short `fit`."""
    keras.utils.set_random_seed(0)
    bank, queries = patterns(1024, seed=1), patterns(512, seed=2)
    model = METHODS[method][0](views=views_without_colour())
    before = kc.evaluation.knn(model.encoder, bank, queries).accuracy
    model.compile(keras.optimizers.Adam(5e-3))
    train = kc.data.from_arrays(bank[0], batch_size=64)
    model.fit(train, epochs=12, verbose=0)
    after = kc.evaluation.knn(model.encoder, bank, queries).accuracy
    return before, after

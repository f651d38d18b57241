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


def patterns(count, seed, in_colour=False):
    """Faint stripes in one of four directions, on a ramp of two colours.

    Stripes are light and dark, or, with `in_colour`, also of two colours.
    """
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
    stripes = stripes[..., None] * ([1.6, 1.0, -0.4] if in_colour else 1.0)
    images = start + ramp + stripes
    return (255 * images.clip(0, 1)).astype("uint8"), labels


def accuracy_before_and_after(method):
    """k-NN accuracy of the encoder as made, and after a short `fit`."""
    keras.utils.set_random_seed(0)
    row = METHODS[method]
    bank = patterns(1024, seed=1, in_colour=row.shared_signal)
    queries = patterns(512, seed=2, in_colour=row.shared_signal)
    model = row.make(row.learning_views())
    before = kc.evaluation.knn(row.learned(model), bank, queries).accuracy
    model.compile(keras.optimizers.Adam(5e-3))
    train = kc.data.from_arrays(
        *bank[: 1 + row.labels], batch_size=64, shuffle=True, index=row.index
    )
    model.fit(train, epochs=12, verbose=0)
    after = kc.evaluation.knn(row.learned(model), bank, queries).accuracy
    return before, after

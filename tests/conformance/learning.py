"""A small task that views teach better than chance features know it.

The class is the direction of stripes. Images to be told apart lie on a ramp of
two colors, which near neighbours of a random encoder share; images to learn
from lie on gray, and the views add a ramp of their own to each.
"""

import keras
import numpy as np
from keras import ops

import keras_contrastive as kc
from keras_contrastive._export import export
from tests.conformance.methods import IMAGE_SHAPE, METHODS

SIDE = IMAGE_SHAPE[0]
AMPLITUDE = 0.12
# Largest distance of a color from gray, and of the ends of a ramp from each
# other, on each axis.
TINT, SLOPE = 0.25, 0.4
ACROSS = np.linspace(-1, 1, SIDE, dtype="float32")


@export
class RandomRamp(kc.views.BaseTransform):
    """Adds a ramp of colors, another for every image."""

    num_uniforms = 9
    parameters = {"ramp": 9}

    def sample(self, uniforms, image_shape):
        return {"ramp": 2 * uniforms - 1}

    def neutral(self, image_shape):
        return {"ramp": np.zeros(9)}

    def change(self, planes, draws):
        ramp = ops.reshape(draws["ramp"], (-1, 3, 3, 1, 1))
        ramp = (
            TINT * ramp[:, 0]
            + SLOPE / 2 * ramp[:, 1] * ACROSS[:, None]
            + SLOPE / 2 * ramp[:, 2] * ACROSS
        )
        return ops.clip(planes + ramp, 0.0, 1.0)


def patterns(count, seed, on_ramps=True, in_color=False):
    """Stripes in one of four directions; with `in_color`, of two colors."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 4, count)
    y, x = np.mgrid[:SIDE, :SIDE]
    waves = np.stack([x, y, x + y, x - y])[labels]
    phase = rng.uniform(0, 2 * np.pi, (count, 1, 1))
    stripes = AMPLITUDE * np.sin(2 * np.pi * waves / 4 + phase)
    weights = [1.6, 1, -0.4] if in_color else [1, 1, 1]
    images = 0.5 + stripes[..., None] * weights
    if on_ramps:
        ramp = rng.uniform(-1, 1, (3, count, 1, 1, 3))
        images += TINT * ramp[0]
        images += SLOPE / 2 * ramp[1] * ACROSS[:, None, None]
        images += SLOPE / 2 * ramp[2] * ACROSS[:, None]
    return (255 * images.clip(0, 1)).astype("uint8"), labels


def nuisance():
    # Mirrored, one diagonal would be the other.
    crop = kc.views.RandomResizedCrop(SIDE, scale=(0.5, 1.0), flip=0.0)
    return [crop, RandomRamp()]


def errors_before_and_after(method):
    """Share of images that k-NN gets wrong, as made and after a short fit."""
    keras.utils.set_random_seed(0)
    row = METHODS[method]
    kwargs = {"in_color": row.shared_signal}
    train = patterns(1024, seed=1, on_ramps=row.shared_signal, **kwargs)
    bank = patterns(1024, seed=3, **kwargs)
    queries = patterns(512, seed=2, **kwargs)
    views = row.views_of(nuisance()[:1] if row.shared_signal else nuisance())
    model = row.make(views, **row.learning)
    before = kc.evaluation.knn(row.learned(model), bank, queries).accuracy
    model.compile(keras.optimizers.Adam(2e-3))
    data = kc.data.from_arrays(
        *train[: 1 + row.labels], batch_size=64, shuffle=True, index=row.index
    )
    model.fit(data, epochs=row.epochs, verbose=0)
    after = kc.evaluation.knn(row.learned(model), bank, queries).accuracy
    return 1 - before, 1 - after

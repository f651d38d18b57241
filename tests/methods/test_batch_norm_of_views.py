"""Whether batch normalization sees the views of a method apart or together."""

import keras
import numpy as np
import pytest
from keras import ops

import keras_contrastive as kc
from tests import slow_losses as slow

STEPS, BATCH, RATE = 6, 5, 0.2
RNG = np.random.default_rng(0)
# Of other brightness, which batch statistics of both views would show.
VIEWS = (
    RNG.uniform(0.0, 0.7, (STEPS * BATCH, 2, 2, 3)),
    RNG.uniform(0.3, 1.0, (STEPS * BATCH, 2, 2, 3)),
)


def slow_mio(z1, z2):
    return sum(slow.mio(z1, z2, 0.5).values())


def slow_nt_xent(z1, z2):
    return slow.nt_xent(z1, z2, 0.1)


def slow_barlow_twins(z1, z2):
    return slow.barlow_twins(z1, z2)


CASES = {
    "MIO": (kc.MIO, slow_mio, False),
    "BarlowTwins": (kc.BarlowTwins, slow_barlow_twins, False),
    "SimCLR": (kc.SimCLR, slow_nt_xent, True),
}


def make(method):
    encoder = keras.Sequential(
        [
            keras.Input((2, 2, 3)),
            keras.layers.Flatten(),
            keras.layers.Dense(4, use_bias=False),
            keras.layers.BatchNormalization(epsilon=1e-3),
            keras.layers.Activation("tanh"),
        ]
    )
    projector = keras.Sequential([keras.layers.Dense(3)])
    return method(encoder, None, projector)


def normalized(x):
    return (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + 1e-3)


def slow_loss(weights, views, loss, together):
    """The mean loss of a batch, from the five weights of `make`."""
    kernel, scale, offset, projection, bias = weights
    rows = [v.reshape(len(v), -1) @ kernel for v in views]
    if together:
        rows = np.split(normalized(np.concatenate(rows)), 2)
    else:
        rows = [normalized(row) for row in rows]
    features = [np.tanh(scale * row + offset) for row in rows]
    return loss(*[h @ projection + bias for h in features]).mean()


def slow_training(weights, loss, together):
    """Losses of gradient descent, whose gradients are finite differences."""
    losses, h = [], 1e-6
    for step in range(STEPS):
        rows = slice(step * BATCH, (step + 1) * BATCH)
        batch = [view[rows] for view in VIEWS]
        losses.append(slow_loss(weights, batch, loss, together))
        gradients = [np.zeros_like(w) for w in weights]
        for weight, gradient in zip(weights, gradients, strict=True):
            for place in np.ndindex(weight.shape):
                before, ends = weight[place], []
                for moved in (before + h, before - h):
                    weight[place] = moved
                    ends.append(slow_loss(weights, batch, loss, together))
                weight[place] = before
                gradient[place] = (ends[0] - ends[1]) / (2 * h)
        for weight, gradient in zip(weights, gradients, strict=True):
            weight -= RATE * gradient
    return losses


@pytest.mark.parametrize("name", CASES)
def test_six_steps_equal_a_loop_over_the_authors_passes(name):
    method, loss, together = CASES[name]
    keras.utils.set_random_seed(3)
    model = make(method)
    model(tuple(view[:BATCH] for view in VIEWS))
    start = [
        ops.convert_to_numpy(weight).astype("float64")
        for weight in model.trainable_weights
    ]
    model.compile(keras.optimizers.SGD(RATE), run_eagerly=True)
    found = []
    for step in range(STEPS):
        rows = slice(step * BATCH, (step + 1) * BATCH)
        batch = tuple(view[rows].astype("float32") for view in VIEWS)
        model.reset_metrics()
        logs = model.train_on_batch(batch, return_dict=True)
        found.append(float(logs["loss"]))
    expected = slow_training(start, loss, together)
    np.testing.assert_allclose(found, expected, rtol=1e-4)

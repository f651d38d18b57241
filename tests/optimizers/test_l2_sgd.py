import keras
import numpy as np
import pytest

from keras_contrastive.optimizers import L2SGD
from tests.optimizers.test_lars import run, variable


def slow_sgd(w, gradients, rates, decay, momentum, nesterov):
    w, v = w.astype("float64"), np.zeros_like(w, "float64")
    for g, rate in zip(gradients, rates, strict=True):
        g = g + decay * w
        v = momentum * v - rate * g
        w = w + (momentum * v - rate * g if nesterov else v)
    return w


@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize("name", ["kernel", "bias"])
def test_equals_a_slow_loop(nesterov, name):
    rng = np.random.default_rng(0)
    start, rates = rng.normal(size=(3, 4)), [0.5, 1.0, 0.25, 0.1]
    gradients = rng.normal(size=(4, 3, 4))
    optimizer = L2SGD(momentum=0.8, nesterov=nesterov, weight_decay=0.1)
    found = run(optimizer, variable(start, name), gradients, rates)
    expected = slow_sgd(start, gradients, rates, 0.1, 0.8, nesterov)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_trains_a_model_and_a_file_remembers_the_decay(tmp_path):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    model.compile(L2SGD(0.1, momentum=0, weight_decay=0.5), "mse")
    before = model.get_weights()[0]
    model.fit(np.zeros((4, 3)), np.zeros((4, 2)), verbose=0)
    np.testing.assert_allclose(model.get_weights()[0], 0.95 * before, 1e-5)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras").optimizer
    assert type(loaded) is L2SGD and loaded.l2 == 0.5
    assert loaded.weight_decay is None


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"learning_rate": -1}, "`learning_rate`"),
        ({"momentum": 1.5}, "`momentum`"),
        ({"weight_decay": -1e-4}, "`weight_decay`"),
    ],
)
def test_arguments_are_checked(arguments, message):
    with pytest.raises(ValueError, match=message):
        L2SGD(**arguments)

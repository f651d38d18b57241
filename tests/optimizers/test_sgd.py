import keras
import numpy as np
import pytest
from keras import ops

import keras_contrastive as kc
from keras_contrastive.optimizers import LARS, SGD
from tests.conformance import tiny
from tests.conformance.training import fit, numpy_weights
from tests.replicas import two_replicas

DECAY = keras.optimizers.schedules.PolynomialDecay(0.4, 4, 0.1)


def slow_sgd(w, gradients, rates, momentum, decay):
    w, v = w.astype("float64"), np.zeros_like(w, "float64")
    for g, rate in zip(gradients, rates, strict=True):
        v = momentum * v + g + decay * w
        w = w - rate * v
    return w


def slow_lars(w, gradients, rates, momentum, decay, trust=0.001):
    """That of Barlow Twins: matrices alone are adapted and decayed."""
    w, v = w.astype("float64"), np.zeros_like(w, "float64")
    for g, rate in zip(gradients, rates, strict=True):
        if w.ndim > 1:
            g = g + decay * w
            g = g * trust * np.linalg.norm(w) / np.linalg.norm(g)
        v = momentum * v + g
        w = w - rate * v
    return w


def run(optimizer, starts, gradients):
    weights = [
        keras.Variable(np.asarray(start, "float32"), name=name)
        for name, start in starts.items()
    ]
    for step in zip(*gradients, strict=True):
        step = [ops.convert_to_tensor(g.astype("float32")) for g in step]
        optimizer.apply(step, weights)
    return [ops.convert_to_numpy(weight) for weight in weights]


@pytest.mark.parametrize("batches", [1, 2])
@pytest.mark.parametrize(
    "make, slow",
    [
        (SGD, slow_sgd),
        (lambda *a, **k: LARS(*a, classic_momentum=False, **k), slow_lars),
    ],
)
def test_equals_a_slow_loop_with_several_rates(make, slow, batches):
    """Also where a step takes several batches, which a schedule counts."""
    rng = np.random.default_rng(0)
    starts = {
        "encoder_kernel": rng.normal(size=(3, 4)),
        "predictor_kernel": rng.normal(size=(4, 2)),
        "predictor_bias": rng.normal(size=4),
        "encoder_bias": rng.normal(size=4),
    }
    gradients = [rng.normal(size=(5, *w.shape)) for w in starts.values()]
    last = np.arange(1, 6) * batches - 1
    falling = [float(DECAY(place)) for place in last]
    slower = keras.optimizers.schedules.PolynomialDecay(0.3, 8, 0.0)
    of_biases = [float(slower(place)) for place in last]
    own = [falling, [0.25] * 5, [0.25] * 5, of_biases]
    optimizer = make(
        DECAY,
        momentum=0.8,
        weight_decay=0.01,
        rates={"predictor": 0.25, "bias": slower},
        gradient_accumulation_steps=None if batches == 1 else batches,
    )
    found = run(
        optimizer, starts, [np.repeat(g, batches, axis=0) for g in gradients]
    )
    for w, g, rates, weight in zip(
        starts.values(), gradients, own, found, strict=True
    ):
        expected = slow(w, g, rates, 0.8, 0.01)
        np.testing.assert_allclose(weight, expected, rtol=2e-5, atol=1e-6)


def sim_siam():
    head = tiny.head("standardize")
    predictor = kc.layers.ProjectionHead(
        32, hidden_units=8, ending="bias", name="predictor"
    )
    return kc.SimSiam(tiny.encoder(), tiny.two_crops(), head, predictor)


def trained(rates, steps=1, learning_rate=None, **compile_arguments):
    keras.utils.set_random_seed(2)
    model = sim_siam()
    model.build((None, *tiny.IMAGE_SHAPE))
    if learning_rate is None:
        learning_rate = keras.optimizers.schedules.PolynomialDecay(0.1, 1, 0.0)
    optimizer = SGD(learning_rate, momentum=0.0, weight_decay=0.0, rates=rates)
    model.compile(optimizer, **compile_arguments)
    before = numpy_weights(model)
    fit("SimSiam", model, 8 * steps)
    return model, before


COMPILED = {"jit_compile": keras.backend.backend() != "torch"}


@pytest.mark.parametrize(
    "how", [{"run_eagerly": True}, COMPILED], ids=["eager", "compiled"]
)
def test_the_predictor_goes_on_where_the_others_stop(how):
    """Its rate stays where theirs has fallen to 0 after one step."""
    model, _ = trained({"predictor": 0.1}, steps=1, **how)
    middle = numpy_weights(model)
    fit("SimSiam", model, 8)
    moved = {
        weight.path
        for weight, old in zip(model.weights, middle, strict=True)
        if weight.trainable and (ops.convert_to_numpy(weight) != old).any()
    }
    own = {weight.path for weight in model.predictor.trainable_weights}
    assert moved == own and len(own) == 5


def test_steps_of_the_predictor_are_those_of_the_constant_rate():
    fixed, _ = trained({"predictor": 0.1}, steps=1, learning_rate=0.0)
    everywhere, _ = trained({}, steps=1, learning_rate=0.1)
    for own, other in zip(
        fixed.predictor.trainable_weights,
        everywhere.predictor.trainable_weights,
        strict=True,
    ):
        np.testing.assert_allclose(
            ops.convert_to_numpy(own), ops.convert_to_numpy(other), atol=1e-6
        )


def test_a_loaded_model_keeps_the_rates(tmp_path):
    model, _ = trained({"predictor": 0.1}, steps=1)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    for again in (model, loaded):
        fit("SimSiam", again, 16)
    for expected, found in zip(
        numpy_weights(model), numpy_weights(loaded), strict=True
    ):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.backends("tensorflow", "jax")
def test_two_replicas_equal_one_device():
    slower = keras.optimizers.schedules.PolynomialDecay(0.1, 3, 0.01)
    rates = {"predictor": slower}
    alone = numpy_weights(trained(rates, steps=3, learning_rate=0.05)[0])
    with two_replicas() as scope, scope():
        model, _ = trained(rates, steps=3, learning_rate=0.05)
        shared = numpy_weights(model)
    for expected, found in zip(alone, shared, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("make", [SGD, LARS])
def test_config(make):
    optimizer = make(
        DECAY, momentum=0.8, rates={"predictor": 0.1, "bias": DECAY}
    )
    config = keras.optimizers.serialize(optimizer)
    again = keras.optimizers.deserialize(config)
    assert again.get_config() == optimizer.get_config()
    assert again.rates["predictor"] == 0.1
    assert float(again.rates["bias"](2)) == float(DECAY(2))


def test_rates_that_nothing_gets_warn():
    kernel = keras.Variable(np.ones((1, 2), "float32"), name="kernel")
    with pytest.warns(match="`rates` gives 'predictor' a learning rate, and"):
        SGD(rates={"predictor": 0.1}).build([kernel])


def test_the_default_predictor_has_the_name():
    encoder = keras.Sequential(
        [keras.Input((4, 4, 3)), keras.layers.GlobalAveragePooling2D()]
    )
    assert kc.SimSiam(encoder).predictor.name == "predictor"


@pytest.mark.parametrize(
    "argument",
    [
        {"learning_rate": -1},
        {"momentum": 1.0},
        {"weight_decay": -1},
        {"rates": {"predictor": -0.1}},
        {"rates": {"": 0.1}},
        {"rates": {"predictor": "no"}},
        {"rates": {"predictor": None}},
        {"rates": 0.1},
    ],
)
def test_arguments_are_checked(argument):
    with pytest.raises(ValueError, match=f"`{next(iter(argument))}`"):
        SGD(**argument)

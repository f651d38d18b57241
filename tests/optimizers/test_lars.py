import keras
import numpy as np
import pytest
from keras import ops

from keras_contrastive.optimizers import LARS


def variable(values, name="kernel"):
    values = np.asarray(values, "float32")
    return keras.Variable(values, name=name)


def run(optimizer, weight, gradients, rates):
    for gradient, rate in zip(gradients, rates, strict=True):
        optimizer.learning_rate = rate
        gradient = ops.convert_to_tensor(np.asarray(gradient, "float32"))
        optimizer.apply([gradient], [weight])
    return ops.convert_to_numpy(weight)


@pytest.mark.parametrize(
    "classic, golden",
    [(True, [2.9928015, 3.9904020]), (False, [2.9941515, 3.9922020])],
)
def test_golden_steps(classic, golden):
    weight = variable([[3.0, 4.0]])
    optimizer = LARS(1.0, weight_decay=0.1, classic_momentum=classic)
    gradient = [[0.6, 0.8]]
    first = run(optimizer, weight, [gradient], [1.0])
    np.testing.assert_allclose(first, [[2.997, 3.996]], rtol=1e-6)
    second = run(optimizer, weight, [gradient], [0.5])
    np.testing.assert_allclose(second, [golden], rtol=1e-6)


def slow_lars(w, gradients, rates, decay, momentum, trust, classic):
    w, v = w.astype("float64"), np.zeros_like(w, "float64")
    for g, rate in zip(gradients, rates, strict=True):
        g = g + decay * w
        t = trust * np.linalg.norm(w) / np.linalg.norm(g)
        if classic:
            v = momentum * v + rate * t * g
            w = w - v
        else:
            v = momentum * v + t * g
            w = w - rate * v
    return w


@pytest.mark.parametrize("classic", [True, False])
def test_equals_a_slow_loop(classic):
    rng = np.random.default_rng(0)
    start, rates = rng.normal(size=(3, 4, 5)), [0.5, 1.0, 0.25, 0.1]
    gradients = rng.normal(size=(4, 3, 4, 5))
    optimizer = LARS(
        momentum=0.8,
        weight_decay=0.01,
        trust_coefficient=0.02,
        classic_momentum=classic,
    )
    found = run(optimizer, variable(start), gradients, rates)
    slow = slow_lars(start, gradients, rates, 0.01, 0.8, 0.02, classic)
    np.testing.assert_allclose(found, slow, rtol=2e-5, atol=1e-6)


def test_vectors_are_neither_adapted_nor_decayed():
    found = run(
        LARS(momentum=0.0, weight_decay=0.5),
        variable([3.0, 4.0]),
        [[1, 1]],
        [1],
    )
    np.testing.assert_allclose(found, [2.0, 3.0])


def test_excluded_paths_are_neither_adapted_nor_decayed():
    weight = variable([[3.0, 4.0]], name="classifier_kernel")
    optimizer = LARS(momentum=0.0, weight_decay=0.5, exclude=("classifier",))
    np.testing.assert_allclose(
        run(optimizer, weight, [[[1, 1]]], [1]), [[2.0, 3.0]]
    )


# A gradient of 1 and a weight of 3 and 4: adapted, but not decayed.
ADAPTED = np.array([[3.0, 4.0]]) - 0.001 * 5 / np.sqrt(2)


def undecayed(var_list=None, var_names=None):
    optimizer = LARS(momentum=0.0, weight_decay=0.5)
    optimizer.exclude_from_weight_decay(var_list, var_names)
    return optimizer


@pytest.mark.parametrize("by_name", [True, False])
def test_variables_left_without_decay_are_adapted(by_name):
    kernels = [variable([[3.0, 4.0]], name) for name in ("gamma", "kernel")]
    left_out = (None, ["gam"]) if by_name else (kernels[:1], None)
    optimizer = undecayed(*left_out)
    optimizer.learning_rate = 1.0
    scaled = keras.optimizers.LossScaleOptimizer(optimizer, initial_scale=1.0)
    scaled.build(kernels)
    config = keras.optimizers.serialize(scaled)
    decayed = slow_lars(
        np.array([[3.0, 4.0]]), [np.ones((1, 2))], [1], 0.5, 0, 0.001, True
    )
    for again in (scaled, keras.optimizers.deserialize(config)):
        again.build(kernels)
        for kernel in kernels:
            kernel.assign([[3.0, 4.0]])
        again.inner_optimizer.apply([ops.ones((1, 2))] * 2, kernels)
        for kernel, expected in zip(kernels, (ADAPTED, decayed), strict=True):
            np.testing.assert_allclose(
                ops.convert_to_numpy(kernel), expected, rtol=1e-6
            )


def test_a_loaded_model_goes_on_without_the_decay(tmp_path):
    """Paths and names that Keras counts up are others there."""
    layers = [keras.layers.Dense(3), keras.layers.Dense(2, use_bias=False)]
    model = keras.Sequential([keras.Input((3,)), *layers])
    optimizer = undecayed(layers[0].trainable_variables)
    model.compile(optimizer, "mse")
    with pytest.raises(ValueError, match="after its first step"):
        model.save(tmp_path / "model.keras")
    data = np.ones((4, 3), "float32"), np.ones((4, 2), "float32")
    model.fit(*data, verbose=0)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras").optimizer
    assert list(again.decays) == list(optimizer.decays) == [0, 0, 0.5]
    copied = LARS.from_config(optimizer.get_config())
    with pytest.raises(ValueError, match="variables of another model"):
        copied.build([variable([[1.0]])])


def test_decay_is_excluded_in_time_and_of_something():
    kernel = variable([[3.0, 4.0]])
    for var_list in ([], [keras.layers.Dense(2)], kernel):
        with pytest.raises(ValueError, match="`var_list`.*model that is built"):
            undecayed(var_list)
    with pytest.raises(ValueError, match="`var_names` must be a tuple"):
        undecayed(var_names="kernel")
    optimizer = LARS(exclude=("head",))
    with pytest.warns(match="`exclude` leaves out nothing by 'head'"):
        optimizer.build([variable([[3.0, 4.0]])])
    with pytest.raises(ValueError, match="comes too late"):
        optimizer.exclude_from_weight_decay(var_names=["kernel"])
    with pytest.warns(match="`var_names` leaves out nothing by 'bias'"):
        undecayed(var_names=["bias"]).build([kernel])
    with pytest.warns(match="`var_list` leaves out 1 variables that the model"):
        undecayed([variable([[1.0]])]).build([kernel])


def test_a_further_call_adds_to_what_a_config_leaves_out():
    kernels = [variable([[3.0, 4.0]]) for _ in range(3)]
    optimizer = undecayed(kernels[:1])
    optimizer.build(kernels)
    again = LARS.from_config(optimizer.get_config())
    again.exclude_from_weight_decay(kernels[1:2])
    again.build(kernels)
    assert list(again.decays) == [0, 0, 0.5]


def test_accumulated_steps_and_averages():
    """Two halves of a gradient make the step of the whole."""
    options = {"momentum": 0.0, "weight_decay": 0.5}
    weight, halved = variable([[3.0, 4.0]]), variable([[3.0, 4.0]])
    whole = run(LARS(**options), weight, [[[1, 2]]], [1.0])
    optimizer = LARS(
        **options, gradient_accumulation_steps=2, use_ema=True, ema_momentum=0.5
    )
    found = run(optimizer, halved, [[[0, 4]], [[2, 0]]], [1.0, 1.0])
    np.testing.assert_allclose(found, whole, rtol=1e-6)
    optimizer.finalize_variable_values([halved])
    average = ops.convert_to_numpy(halved)
    assert ((whole <= average) & (average < [[3.0, 4.0]])).all()


@pytest.mark.parametrize("weight", [[[0.0, 0.0]], [[3.0, 4.0]]])
def test_a_zero_norm_means_a_trust_of_one(weight):
    gradient = [[0.0, 0.0]] if np.any(weight) else [[1.0, 2.0]]
    found = run(LARS(weight_decay=0.0), variable(weight), [gradient], [1.0])
    np.testing.assert_allclose(found, np.subtract(weight, gradient))


def test_config():
    optimizer = LARS(
        0.2,
        momentum=0.8,
        weight_decay=0.01,
        trust_coefficient=0.02,
        classic_momentum=False,
        exclude=("head",),
    )
    config = keras.optimizers.serialize(optimizer)
    again = keras.optimizers.deserialize(config)
    assert again.get_config() == optimizer.get_config()
    assert again.exclude == ("head",) and again.l2 == 0.01


@pytest.mark.parametrize(
    "argument",
    [
        {"momentum": 1.0},
        {"weight_decay": -1},
        {"trust_coefficient": 0},
        {"exclude": "head"},
        {"exclude": ("",)},
        {"momentum": None},
        {"weight_decay": None},
        {"classic_momentum": "no"},
    ],
)
def test_arguments_are_checked(argument):
    with pytest.raises(ValueError, match=f"`{next(iter(argument))}`"):
        LARS(**argument)

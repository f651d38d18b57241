import keras
import numpy as np
import pytest
from keras import ops

from keras_contrastive.layers import MomentumBranch
from keras_contrastive.layers._batch_norm import batch_norm
from keras_contrastive.schedules import cosine_momentum

INPUTS = np.random.default_rng(0).normal(size=(6, 3)).astype("float32")


def followed():
    layers = [keras.Input((3,)), keras.layers.Dense(4), batch_norm()]
    model = keras.Sequential(layers)
    model.add(keras.layers.Dense(2))
    return model


def values(layer):
    return [ops.convert_to_numpy(weight) for weight in layer.weights]


def make(momentum, calls_per_step=1):
    model = followed()
    branch = MomentumBranch(model, momentum)
    branch(INPUTS)
    branch.calls_per_step = calls_per_step
    return model, branch


def test_copies_first_and_averages_later():
    model, branch = make(0.75)
    branch.follow(model)
    first = values(model)
    for own, expected in zip(values(branch.branch[0]), first, strict=True):
        np.testing.assert_array_equal(own, expected)
    kernel = model.layers[0].kernel
    kernel.assign(kernel + 1.0)
    branch.follow(model)
    found = ops.convert_to_numpy(branch.branch[0].layers[0].kernel)
    np.testing.assert_allclose(found, first[0] + 0.25, rtol=1e-6)


@pytest.mark.parametrize("momentum", [0.0, 1.0])
def test_extreme_momentum_is_exact(momentum):
    model, branch = make(momentum)
    branch.follow(model)
    copied = values(branch.branch[0])
    kernel = model.layers[0].kernel
    kernel.assign(kernel * 1.7)
    branch.follow(model)
    expected = values(model) if momentum == 0 else copied
    for own, weight in zip(values(branch.branch[0]), expected, strict=True):
        np.testing.assert_array_equal(own, weight)


def test_waits_for_the_step_under_accumulation():
    model, branch = make(0.5, calls_per_step=3)
    kernel = model.layers[0].kernel
    kernel.assign(np.zeros(kernel.shape))
    moved = []
    for call in range(7):
        # The optimizer changes weights after calls 3 and 6.
        if call in (3, 6):
            kernel.assign(kernel + 1.0)
        branch.follow(model)
        own = branch.branch[0].layers[0].kernel
        moved.append(float(ops.convert_to_numpy(own)[0, 0]))
    assert moved == [0, 0, 0, 0.5, 0.5, 0.5, 1.25]


def test_schedule_counts_steps_of_the_optimizer():
    schedule = cosine_momentum(0.5, num_images=4, batch_size=1, epochs=1)
    golden = 1 - 0.5 * (np.cos(np.pi * np.arange(5) / 4) + 1) / 2
    found = [float(ops.convert_to_numpy(schedule(k))) for k in range(5)]
    np.testing.assert_allclose(found, golden, rtol=1e-6)
    _, branch = make(schedule, calls_per_step=2)
    shares = []
    for calls in range(7):
        branch.calls.assign(calls)
        shares.append(float(ops.convert_to_numpy(branch.share_kept())))
    # Odd calls stand inside a step; 2, 4 and 6 follow steps 0, 1 and 2.
    expected = [1, golden[0], 1, golden[1], 1, golden[2]]
    np.testing.assert_allclose(shares[1:], expected, rtol=1e-6)


def test_no_gradient_and_no_optimizer_reach_it():
    _, branch = make(0.9)
    assert branch.trainable_weights == []
    assert branch.trainable


def test_its_batch_norm_uses_the_batch():
    """Freezing the layer, not its weights, would switch this off."""
    model, branch = make(0.9)
    branch.follow(model)
    norm = branch.branch[0].layers[1]
    before = ops.convert_to_numpy(norm.moving_mean)
    training = ops.convert_to_numpy(branch(INPUTS, training=True))
    after = ops.convert_to_numpy(norm.moving_mean)
    assert np.abs(after - before).max() > 0
    inference = ops.convert_to_numpy(branch(INPUTS, training=False))
    assert np.abs(training - inference).max() > 0.05


def test_moving_statistics_stay_its_own():
    model, branch = make(0.5)
    branch.follow(model)
    model.layers[1].moving_mean.assign(np.full(4, 9.0))
    branch.follow(model)
    own = ops.convert_to_numpy(branch.branch[0].layers[1].moving_mean)
    assert np.abs(own).max() < 1


def test_half_precision_parts_average_in_float32():
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model, branch = make(0.999)
    finally:
        keras.config.set_dtype_policy(policy)
    branch.follow(model)
    kernel = model.layers[0].kernel
    before = ops.convert_to_numpy(kernel)
    kernel.assign(kernel + 1.0)
    branch.follow(model)
    own = branch.branch[0].layers[0].kernel
    np.testing.assert_allclose(
        ops.convert_to_numpy(own), before + 1e-3, atol=2e-7
    )


def test_config():
    _, branch = make(cosine_momentum(num_images=4, batch_size=1, epochs=1))
    again = MomentumBranch.from_config(branch.get_config())
    assert float(again.momentum(0)) == float(branch.momentum(0))
    assert [type(layer) for layer in again.branch] == [keras.Sequential]


@pytest.mark.parametrize("momentum", [-0.1, 1.1, "0.9"])
def test_bad_momentum(momentum):
    with pytest.raises(ValueError, match="`momentum` is the share"):
        MomentumBranch(followed(), momentum)


def test_layers_without_a_config():
    class Lost(keras.layers.Layer):
        def __init__(self, width):
            super().__init__()

    with pytest.raises(ValueError, match="`layers`.*get_config"):
        MomentumBranch(Lost(3))


class Shifted(keras.layers.Layer):
    """Nowhere registered."""

    def call(self, x):
        return x + 1


def double(x):
    return 2 * x


def test_a_copy_in_the_process_needs_neither_trust_nor_names():
    inner = keras.Sequential(
        [keras.Input((3,)), keras.layers.Lambda(lambda x: ops.abs(x))]
    )
    model = keras.Sequential(
        [
            keras.Input((3,)),
            inner,
            keras.layers.Lambda(double),
            Shifted(),
            keras.layers.Dense(2, activation=double),
        ]
    )
    branch = MomentumBranch(model, 0.5)
    branch(INPUTS)
    branch.follow(model)
    np.testing.assert_allclose(
        ops.convert_to_numpy(branch(INPUTS)),
        ops.convert_to_numpy(model(INPUTS)),
        rtol=1e-6,
    )
    assert not set(map(id, branch.branch[0].layers)) & set(
        map(id, model.layers)
    )


def test_keeps_its_own_where_a_weight_is_not_finite():
    model, branch = make(0.75)
    branch.follow(model)
    before = values(branch.branch[0])
    kernel = ops.convert_to_numpy(model.layers[0].kernel) + 1.0
    kernel[0, 1], kernel[2, 3] = np.inf, np.nan
    model.layers[0].kernel.assign(kernel)
    branch.follow(model)
    found = values(branch.branch[0])
    expected = before[0].copy()
    for place in np.ndindex(kernel.shape):
        if np.isfinite(kernel[place]):
            expected[place] = 0.75 * before[0][place] + 0.25 * kernel[place]
    np.testing.assert_allclose(found[0], expected, rtol=1e-6)

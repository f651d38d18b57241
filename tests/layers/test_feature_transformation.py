import math

import keras
import numpy as np
import pytest
from keras import ops

import keras_contrastive as kc
from keras_contrastive.layers import (
    NegativeInterpolation,
    PositiveExtrapolation,
)
from tests.ops.gradient import gradient

# Three negatives, one query and its key; numbers in float64 by an
# independent computation.
Q, K = np.array([[1.0, 0.0]]), np.array([[0.6, 0.8]])
Z = np.array([[0.0, 1.0], [-1.0, 0.0], [0.8, -0.6]])
ORDER, T = np.array([2, 0, 1], "int32"), 0.5
PER_DIMENSION = [[1.5, 1.2]], [[0.25, 0.5], [0.75, 0.1], [0.4, 0.6]]


def array(x):
    return ops.convert_to_numpy(x)


def tensor(x):
    return ops.convert_to_tensor(np.asarray(x, "float32"))


def scores_of(q, lam, mu, k=K, z=Z, order=ORDER, normalize=False):
    """Scores of the positive and of the negatives, `(1 + negatives,)`."""
    q, k = PositiveExtrapolation.extrapolate(q, tensor(k), tensor(lam))
    if normalize:
        q, k = kc.ops.l2_normalize(q), kc.ops.l2_normalize(k)
    z = NegativeInterpolation.interpolate(tensor(z), order, tensor(mu))
    negatives = ops.matmul(z, ops.transpose(q))[:, 0]
    return ops.concatenate([ops.sum(q * k, axis=1), negatives])


def loss_of(q, *args, temperature=T, **kwargs):
    logits = scores_of(q, *args, **kwargs) / temperature
    return ops.logsumexp(logits) - logits[0]


@pytest.mark.parametrize(
    "lam, mu, scores, loss, slope",
    [
        (1, 1, (0.6, 0, -1, 0.8), 1.04161190, (0.03700278, -1.45454106)),
        (1.5, 1, (0, -0.4, -1.2, 1.2), 2.53077376, (2.08413628, -5.15366338)),
        (
            1,
            0.25,
            (0.6, 0.6, -0.25, -0.55),
            0.82546512,
            (-0.23704380, -0.96750588),
        ),
        (
            1.5,
            0.25,
            (0, 0.8, -0.6, -0.6),
            1.88029232,
            (1.24974314, -3.76045319),
        ),
        (
            *PER_DIMENSION,
            (0.3264, 0.688, -1.044, -0.2784),
            1.23076659,
            (0.96793847, -1.42201801),
        ),
    ],
)
def test_golden_values(lam, mu, scores, loss, slope):
    q = tensor(Q)
    np.testing.assert_allclose(array(scores_of(q, lam, mu)), scores, atol=1e-6)
    assert float(array(loss_of(q, lam, mu))) == pytest.approx(loss, abs=1e-5)
    found = gradient(lambda q: loss_of(q, lam, mu), q)
    np.testing.assert_allclose(found[0], slope, atol=2e-5)


def test_golden_values_after_normalisation():
    scores = scores_of(tensor(Q), 1.5, 0.25, normalize=True)
    expected = (0, 0.63245553, -0.47434165, -0.47434165)
    np.testing.assert_allclose(array(scores), expected, atol=1e-6)
    found = gradient(lambda q: loss_of(q, 1.5, 0.25, normalize=True), tensor(Q))
    np.testing.assert_allclose(found[0], (0.01727285, -1.97801616), atol=2e-5)


def test_golden_values_in_three_dimensions():
    z = np.concatenate([np.eye(3), [[2 / 3, -2 / 3, 1 / 3]]])
    arguments = {"k": np.array([[1, 2, 2]]) / 3, "z": z, "temperature": 0.2}
    arguments["order"] = np.array([1, 2, 3, 0], "int32")
    q = tensor(np.array([[2, 2, 1]]) / 3)
    plain = loss_of(q, 1.0, 1.0, **arguments)
    assert float(array(plain)) == pytest.approx(0.55447722, abs=1e-5)
    moved = loss_of(q, 1.25, 0.4, **arguments)
    assert float(array(moved)) == pytest.approx(0.65934745, abs=1e-5)
    found = gradient(lambda q: loss_of(q, 1.25, 0.4, **arguments), q)
    expected = (1.04670371, -0.60261199, -1.68311847)
    np.testing.assert_allclose(found[0], expected, atol=2e-5)


def unit_vectors(*shape, seed=0):
    z = np.random.default_rng(seed).normal(size=shape)
    return (z / np.linalg.norm(z, axis=-1, keepdims=True)).astype("float32")


@pytest.mark.parametrize("lam", [1, 1.25, 1.5, 2])
def test_score_after_extrapolation(lam):
    q, k = unit_vectors(6, 4), unit_vectors(6, 4, seed=1)
    moved = [array(x) for x in PositiveExtrapolation.extrapolate(q, k, lam)]
    s = (q * k).sum(axis=1)
    found = (moved[0] * moved[1]).sum(axis=1)
    np.testing.assert_allclose(
        found, s + 2 * lam * (1 - lam) * (1 - s), atol=1e-5
    )
    assert (found <= s + 1e-6).all()
    np.testing.assert_allclose(moved[0] + moved[1], q + k, atol=1e-6)
    np.testing.assert_allclose(
        moved[0] - moved[1], (2 * lam - 1) * (q - k), atol=1e-5
    )


def test_interpolation_keeps_the_mean_and_lowers_the_variance():
    negatives, query = unit_vectors(4096, 16), unit_vectors(16, seed=1)
    layer = NegativeInterpolation(seed=3)
    ratios = []
    for _ in range(100):
        mixed = array(layer(negatives, training=True))
        assert (np.linalg.norm(mixed, axis=1) <= 1 + 1e-5).all()
        before, after = negatives @ query, mixed @ query
        assert after.mean() == pytest.approx(before.mean(), abs=1e-6)
        ratios.append(after.var() / before.var())
    # The mean of mu^2 + (1 - mu)^2, and its standard error.
    assert np.mean(ratios) == pytest.approx(0.619, abs=0.03)
    assert 0.5 - 0.05 < min(ratios) and max(ratios) < 1 + 1e-5


def test_lam_is_between_one_and_two():
    layer, lams = PositiveExtrapolation(seed=3), []
    q, k = unit_vectors(1, 2), unit_vectors(1, 2, seed=1)
    for _ in range(200):
        moved = [array(x) for x in layer(q, k, training=True)]
        ratio = np.linalg.norm(moved[0] - moved[1]) / np.linalg.norm(q - k)
        lams.append((ratio + 1) / 2)
    lams = np.array(lams)
    assert 1 <= lams.min() + 1e-6 and lams.max() <= 2
    assert lams.mean() == pytest.approx(1.5, abs=0.04)
    assert (lams**2 + (lams - 1) ** 2).mean() == pytest.approx(2.6, abs=0.15)


def test_a_number_for_all_or_for_each_dimension():
    q, k = np.zeros((3, 4), "float32"), np.ones((3, 4), "float32")
    one = array(PositiveExtrapolation(seed=1)(q, k, training=True)[0])
    assert len(np.unique(one)) == 1
    layer = PositiveExtrapolation(per_dimension=True, seed=1)
    assert len(np.unique(array(layer(q, k, training=True)[0]))) == 12
    # Rows of 0 and 1: what is mixed in shows the weight.
    z = np.repeat([[0.0], [1.0]], 4, axis=1).astype("float32")
    layer = NegativeInterpolation(per_dimension=True, seed=1)
    drawn = [array(layer(z, training=True)) for _ in range(4)]
    assert max(len(np.unique(mixed)) for mixed in drawn) == 8


def test_layers_of_one_seed_draw_apart():
    q, k = np.zeros((1, 1), "float32"), np.ones((1, 1), "float32")
    moved = PositiveExtrapolation(2.0, seed=1)(q, k, training=True)[0]
    lam = 1 - float(array(moved)[0, 0])
    z = np.array([[0.0], [1.0]], "float32")
    layer = NegativeInterpolation(2.0, seed=1)
    mus = set()
    for _ in range(8):
        mus |= set(array(layer(z, training=True))[:, 0].tolist())
    assert min(abs(mu - (lam - 1)) for mu in mus) > 1e-6
    assert min(abs(1 - mu - (lam - 1)) for mu in mus) > 1e-6


@pytest.mark.parametrize(
    "layer", [PositiveExtrapolation, NegativeInterpolation]
)
def test_rests_before_its_epoch_and_outside_training(layer):
    given = [unit_vectors(5, 4), unit_vectors(5, 4, seed=1)]
    given = given[: 1 + (layer is PositiveExtrapolation)]
    kwargs = {"normalize": True} if len(given) == 2 else {}
    made = layer(start_epoch=2, seed=1, **kwargs)

    def result(**arguments):
        found = keras.tree.flatten(made(*given, **arguments))
        return [array(x) for x in found]

    for epoch in (0, 1):
        made.epoch.assign(epoch)
        for found, before in zip(result(training=True), given, strict=True):
            np.testing.assert_array_equal(found, before)
    made.epoch.assign(2)
    assert np.abs(result(training=True)[0] - given[0]).max() > 0.01
    np.testing.assert_array_equal(result(training=False)[0], given[0])


def test_same_seed_and_step_make_the_same_draw():
    z = unit_vectors(8, 4)
    first, second = (NegativeInterpolation(seed=5) for _ in range(2))
    drawn = [array(first(z, training=True)) for _ in range(3)]
    assert not np.array_equal(drawn[0], drawn[1])
    second.step.assign(2)
    np.testing.assert_array_equal(array(second(z, training=True)), drawn[2])


def test_negatives_of_each_query_and_scores():
    own = unit_vectors(3, 5, 4)
    query = unit_vectors(4, seed=2)
    mixed = NegativeInterpolation(seed=5)(own, training=True)
    scores = NegativeInterpolation(seed=5)(
        (own @ query)[..., None], training=True
    )
    np.testing.assert_allclose(
        array(mixed) @ query, array(scores)[..., 0], atol=1e-6
    )


def test_config():
    layer = PositiveExtrapolation(
        3.0, per_dimension=True, start_epoch=4, normalize=True, seed=2
    )
    again = PositiveExtrapolation.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    layer = NegativeInterpolation(seed=2)
    assert NegativeInterpolation.from_config(layer.get_config()).seed == 2


@pytest.mark.parametrize("alpha", [0, -1, math.nan, math.inf])
def test_bad_alpha(alpha):
    with pytest.raises(ValueError, match="`alpha`.*must be in"):
        NegativeInterpolation(alpha)


def test_bad_seed():
    with pytest.raises(ValueError, match="`seed`"):
        PositiveExtrapolation(seed=2**31)


def test_settings_of_the_authors():
    assert PositiveExtrapolation().alpha == 2.0
    assert NegativeInterpolation().alpha == 1.6


def test_normalised_again():
    q, k = unit_vectors(6, 4), unit_vectors(6, 4, seed=1)
    plain = PositiveExtrapolation(seed=1)(q, k, training=True)
    layer = PositiveExtrapolation(seed=1, normalize=True)
    for before, found in zip(plain, layer(q, k, training=True), strict=True):
        length = np.linalg.norm(array(before), axis=1, keepdims=True)
        assert length.max() > 1.01
        np.testing.assert_allclose(
            array(found), array(before) / length, atol=1e-5
        )


def test_orders_are_random():
    layer, orders = NegativeInterpolation(seed=5, per_dimension=True), []
    for _ in range(2):
        mixed = array(layer(np.eye(64, dtype="float32"), training=True)).copy()
        np.fill_diagonal(mixed, 0)
        orders.append(mixed.argmax(axis=1))
    assert not np.array_equal(*orders)
    moves = (orders[0] - np.arange(64)) % 64
    assert len(np.unique(moves)) > 20
    # Nor are they those of the weights.
    layer.step.assign(0)
    weights, _ = layer.weights_of(np.zeros(1, "int32"), np.arange(64), 64)
    by_weight = array(weights)[:, 0].argsort()
    assert (by_weight == orders[0]).sum() < 32


def test_bad_epoch():
    with pytest.raises(ValueError, match="`start_epoch`"):
        PositiveExtrapolation(start_epoch=-1)

import numpy as np
import pytest
from keras import ops

from keras_contrastive.contrasts import Contrast, among, in_memory
from keras_contrastive.layers import MemoryBank, NoiseConstant


def features(count=4, seed=0, units=3):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(count, units)).astype("float32")


def unit(rows):
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def rows_of(bank):
    return ops.convert_to_numpy(bank.read()).copy()


def numbers(*values):
    return np.array(values, "int32")


def test_moves_the_rows_of_the_batch_alone():
    bank = MemoryBank(num_images=9, momentum=0.25)
    z, index = features(), numbers(7, 0, 3, 4)
    own, _ = bank(z, index)
    before = rows_of(bank)
    bank(z, index, training=True)
    after, expected = rows_of(bank), before.copy()
    for row, number in zip(z, index, strict=True):
        expected[number] = unit(0.25 * before[number] + 0.75 * unit(row))
    np.testing.assert_allclose(after, expected, rtol=1e-5)
    np.testing.assert_array_equal(ops.convert_to_numpy(own), before[index])


def test_returns_what_it_held_before():
    bank = MemoryBank(num_images=4, num_negatives=32, momentum=0.0)
    z, index = features(), numbers(0, 1, 2, 3)
    bank(z, index)
    before = rows_of(bank)
    own, negatives = bank(z, index, training=True)
    np.testing.assert_array_equal(ops.convert_to_numpy(own), before)
    for row in ops.convert_to_numpy(negatives).reshape(-1, 3):
        assert np.abs(before - row).max(axis=1).min() == 0


def test_the_last_of_equal_numbers_counts():
    bank = MemoryBank(num_images=4, momentum=0.0)
    z = features()
    bank(z, numbers(2, 1, 2, 2), training=True)
    np.testing.assert_allclose(rows_of(bank)[2], unit(z)[3], rtol=1e-5)


def test_negatives_are_drawn_for_each_image_and_step():
    bank = MemoryBank(num_images=50, num_negatives=200, seed=1)
    z, index = features(), numbers(0, 1, 2, 3)

    def draw(training):
        _, negatives = bank(z, index, training=training)
        return ops.convert_to_numpy(negatives).copy()

    first, second = draw(training=True), draw(training=True)
    assert first.shape == (4, 200, 3)
    assert np.abs(first[0] - first[1]).max() > 0.1
    assert np.abs(first - second).max() > 0.1
    np.testing.assert_array_equal(draw(training=False), draw(training=False))


def test_negatives_cover_the_bank_evenly():
    bank = MemoryBank(num_images=10, num_negatives=2000, seed=1, momentum=1.0)
    _, negatives = bank(features(), numbers(0, 1, 2, 3))
    rows, drawn = rows_of(bank), ops.convert_to_numpy(negatives).reshape(-1, 3)
    counts = [np.isclose(drawn, row).all(axis=1).sum() for row in rows]
    assert sum(counts) == len(drawn)
    assert min(counts) > 700 and max(counts) < 900


def test_constant_is_that_of_the_first_batch():
    """Computed anew for every batch it would hide what all have in common."""
    constant = NoiseConstant(num_images=10, temperature=0.5)

    def z(shift, training):
        scores = np.array([0.5, 0.1, -0.2], "float32") + np.float32(shift)
        scores = ops.convert_to_tensor(scores[:, None])
        contrast = Contrast(ops.ones((1, 1)), scores[:1], scores[None, 1:])
        log_z = constant.estimate(lambda: contrast, training=training)
        return np.exp(ops.convert_to_numpy(log_z))

    np.testing.assert_allclose(z(0.0, training=False), 15.366682, rtol=1e-5)
    assert z(0.3, training=False) > 20  # nothing is known yet
    np.testing.assert_allclose(z(0.0, training=True), 15.366682, rtol=1e-5)
    np.testing.assert_allclose(z(0.3, training=True), 15.366682, rtol=1e-5)
    np.testing.assert_allclose(z(0.3, training=False), 15.366682, rtol=1e-5)


@pytest.mark.parametrize("num_negatives", [None, 5])
def test_rows_are_compared_by_the_cosine(num_negatives):
    bank = MemoryBank(num_images=6, num_negatives=num_negatives)
    z, index = features(), numbers(5, 1, 2, 3)
    own, negatives = bank(z, index)
    contrast = among(7 * z, own, negatives)
    if num_negatives is None:
        contrast = in_memory(7 * z, negatives, index)
    found, others = map(ops.convert_to_numpy, contrast.scores())
    own, negatives = map(ops.convert_to_numpy, (own, negatives))
    negatives = np.broadcast_to(negatives, (4, *negatives.shape[-2:]))
    for i, row in enumerate(unit(z)):
        np.testing.assert_allclose(found[i], row @ own[i], rtol=1e-4)
        expected = [row @ negative for negative in negatives[i]]
        if num_negatives is None:
            del expected[index[i]]
        np.testing.assert_allclose(others[i], expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    "arguments",
    [
        {"num_images": 1},
        {"num_images": 9, "num_negatives": 0},
        {"num_images": 9, "momentum": 1.5},
    ],
)
def test_bad_arguments(arguments):
    with pytest.raises(ValueError, match=f"`{list(arguments)[-1]}`"):
        MemoryBank(**arguments)


def test_features_not_finite_leave_the_row():
    bank = MemoryBank(num_images=9, momentum=0.25)
    z, index = features(), numbers(7, 0, 3, 4)
    z[1, 0], z[2, 1] = np.nan, np.inf
    bank(z, index)
    before = rows_of(bank)
    bank(z, index, training=True)
    expected = before.copy()
    for row, number in zip(z, index, strict=True):
        if np.isfinite(row).all():
            expected[number] = unit(0.25 * before[number] + 0.75 * unit(row))
    np.testing.assert_allclose(rows_of(bank), expected, rtol=1e-5)
    np.testing.assert_array_equal(rows_of(bank)[[0, 3]], before[[0, 3]])


def test_an_estimate_not_finite_is_not_kept():
    constant = NoiseConstant(50, 0.1)
    queries, own = unit(features(seed=1)), unit(features(seed=2))
    negatives = unit(features(20, seed=3)).reshape(4, 5, 3)

    def estimate(bad):
        queried = queries * np.float32(np.nan if bad else 1)
        log_z = constant.estimate(
            lambda: among(queried, own, negatives), training=True
        )
        return float(ops.convert_to_numpy(log_z))

    assert np.isnan(estimate(True))
    first = estimate(False)
    scores = [np.sum(queries * own, axis=-1)[:, None]]
    scores.append(np.einsum("bu,bnu->bn", queries, negatives))
    z = 50 * np.exp(np.concatenate(scores, axis=1) / 0.1).mean()
    assert first == pytest.approx(np.log(z), rel=1e-5)
    assert estimate(True) == pytest.approx(first, rel=1e-6)

import numpy as np
import pytest
from keras import ops

from keras_contrastive.layers import FeatureQueue


def unit_rows(count, seed, units=3):
    rows = np.random.default_rng(seed).normal(size=(count, units))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(
        "float32"
    )


def read(queue):
    return ops.convert_to_numpy(queue.read())


@pytest.mark.parametrize("batch", [2, 3, 5])
def test_holds_the_last_keys_in_their_order(batch):
    """A ring: neither a batch that does not divide it nor its end matter."""
    queue = FeatureQueue(size=5)
    keys = unit_rows(7 * batch, seed=1)
    for start in range(0, len(keys), batch):
        queue(keys[start : start + batch], training=True)
    next_row = int(ops.convert_to_numpy(queue.next_row))
    np.testing.assert_allclose(
        np.roll(read(queue), -next_row, axis=0), keys[-5:], rtol=1e-6
    )


def test_returns_the_keys_before_its_own():
    """A positive must not be among its negatives, on torch least of all."""
    queue = FeatureQueue(size=4)
    keys = unit_rows(4, seed=2, units=64)
    negatives = queue(keys, training=True)
    similarity = keys @ ops.convert_to_numpy(negatives).T
    assert similarity.max() < 0.9
    np.testing.assert_allclose(read(queue), keys, rtol=1e-6)


def test_what_was_read_does_not_change():
    queue = FeatureQueue(size=4)
    held = queue(unit_rows(2, seed=1), training=True)
    before = ops.convert_to_numpy(held).copy()
    queue(unit_rows(2, seed=2), training=True)
    np.testing.assert_array_equal(ops.convert_to_numpy(held), before)


def test_moves_in_training_only():
    queue = FeatureQueue(size=4)
    first = ops.convert_to_numpy(queue(unit_rows(2, seed=1)))
    np.testing.assert_array_equal(read(queue), first)


def test_begins_with_random_directions_of_its_seed():
    first, again = FeatureQueue(64, seed=1), FeatureQueue(64, seed=1)
    found = ops.convert_to_numpy(first(unit_rows(2, seed=1)))
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, rtol=1e-6)
    assert np.abs(found.mean(axis=0)).max() < 0.3
    other = ops.convert_to_numpy(again(unit_rows(2, seed=1)))
    np.testing.assert_array_equal(found, other)


def test_normalises_what_enters():
    queue = FeatureQueue(size=2)
    queue(5 * unit_rows(2, seed=1), training=True)
    np.testing.assert_allclose(read(queue), unit_rows(2, seed=1), rtol=1e-6)


def test_bad_sizes():
    with pytest.raises(ValueError, match="`size`"):
        FeatureQueue(0)
    with pytest.raises(ValueError, match="`size` must not be below.*5 keys"):
        FeatureQueue(4)(unit_rows(5, seed=1), training=True)


def test_a_key_not_finite_leaves_the_old_one():
    queue = FeatureQueue(size=5)
    held = read_after(queue, unit_rows(3, seed=1))
    keys = unit_rows(4, seed=2)
    keys[1, 0], keys[3, 2] = np.inf, np.nan
    expected = held.copy()
    for number, row in enumerate([3, 4, 0, 1]):
        if np.isfinite(keys[number]).all():
            expected[row] = keys[number]
    np.testing.assert_allclose(read_after(queue, keys), expected, rtol=1e-6)
    assert int(ops.convert_to_numpy(queue.next_row)) == 2


def read_after(queue, keys):
    queue(keys, training=True)
    return read(queue)

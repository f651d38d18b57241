import sys

import numpy as np
import pytest

from keras_contrastive.evaluation._shuffled_batches import shuffled_batches

MODULE = sys.modules[shuffled_batches.__module__]


@pytest.mark.parametrize("shares", [2, 4, 8])
@pytest.mark.parametrize("batch_size", [3, 7, 33])
def test_devices_get_as_many_rows(monkeypatch, shares, batch_size):
    rows = np.arange(33)
    alone = shuffled_batches(rows, -rows, batch_size, seed=1)
    alone = [next(alone)[0] for _ in range(12)]
    monkeypatch.setattr(MODULE, "num_shares", lambda: shares)
    shared = shuffled_batches(rows, -rows, batch_size, seed=1)
    for expected in alone:
        found, targets, weights = next(shared)
        assert len(found) % shares == 0 and len(found) < batch_size + shares
        np.testing.assert_array_equal(found[:batch_size], expected)
        np.testing.assert_array_equal(targets, -found)
        # What `fit` divides by is the number of rows, with those again.
        mean = (weights * found**2).sum() / len(found)
        assert mean == pytest.approx((expected**2).mean())


def test_batches_that_divide_have_no_weights(monkeypatch):
    monkeypatch.setattr(MODULE, "num_shares", lambda: 4)
    rows = np.arange(33)
    assert len(next(shuffled_batches(rows, rows, 8, seed=1))) == 2

import numpy as np
import pytest
from keras import ops

from keras_contrastive.contrasts import _row_blocks
from keras_contrastive.contrasts._places import among_places
from keras_contrastive.losses._local_nce import clipped_softmax, local_nce
from tests import slow_losses

RNG = np.random.default_rng(0)
QUERIES = RNG.normal(size=(5, 6)).astype("float32")
MAPS = RNG.normal(size=(5, 4, 6)).astype("float32")


def arrays(tensors):
    return [ops.convert_to_numpy(tensor) for tensor in tensors]


@pytest.mark.parametrize("scale", [1.0, 30.0])
@pytest.mark.parametrize("clip", [2.0, 20.0])
def test_equals_the_loop(scale, clip):
    found = arrays(local_nce(among_places(scale * QUERIES, MAPS), clip))
    slow = slow_losses.local_nce(scale * QUERIES, MAPS, clip)
    for ours, theirs in zip(found, slow, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


def test_golden_value():
    """Two images of two places and one unit: scores are products."""
    queries = np.array([[1.0], [2.0]], "float32")
    maps = np.array([[[1.0], [0.0]], [[2.0], [-1.0]]], "float32")
    found = arrays(local_nce(among_places(queries, maps), 20.0))
    np.testing.assert_allclose(found[0], [1.7546296, 2.1399581], rtol=1e-5)
    np.testing.assert_allclose(found[1], [1.5, 6.0], rtol=1e-6)


def test_one_by_one_is_the_same_loss():
    compared = among_places(3 * QUERIES, MAPS)
    whole = arrays(local_nce(compared, 5.0))[0]
    by_place = clipped_softmax(5.0)(compared.one_by_one())
    np.testing.assert_allclose(ops.convert_to_numpy(by_place), whole, rtol=1e-5)
    positives, negatives = arrays(compared.one_by_one().scores())
    assert positives.shape == (20,) and negatives.shape == (20, 16)


def test_blocks_of_images_are_the_same(monkeypatch):
    compared = among_places(QUERIES, MAPS)
    whole = arrays(local_nce(compared, 20.0))
    monkeypatch.setattr(_row_blocks, "DENSE", 0)
    monkeypatch.setattr(_row_blocks, "LEAST", 1)
    monkeypatch.setattr(_row_blocks, "BLOCK", 40)
    for found, expected in zip(
        arrays(local_nce(compared, 20.0)), whole, strict=True
    ):
        np.testing.assert_allclose(found, expected, rtol=1e-6)

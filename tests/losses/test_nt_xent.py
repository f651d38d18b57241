import numpy as np
import pytest

from keras_contrastive.losses import NTXent
from tests.losses.pairs import Z1, Z2, random_pair, value


@pytest.mark.parametrize(
    "temperature, golden", [(0.5, 1.5367083), (0.1, 1.4360704)]
)
def test_golden_values(temperature, golden):
    found = value(NTXent(temperature), Z1, Z2)
    np.testing.assert_allclose(found, golden, rtol=1e-6)


def test_equal_similarities_give_the_log_of_the_candidates():
    z = np.ones((512, 4), "float32")
    np.testing.assert_allclose(value(NTXent(), z, z), np.log(1023), rtol=1e-5)


def test_swapping_the_views_changes_nothing():
    first, second = random_pair()
    loss = NTXent(reduction=None)
    np.testing.assert_allclose(
        value(loss, first, second), value(loss, second, first), rtol=1e-6
    )


def test_identical_views_are_not_free():
    first, _ = random_pair()
    assert value(NTXent(0.5), first, first) > 0.5

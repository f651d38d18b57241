import numpy as np

from keras_contrastive.losses import CosineRegression
from tests import slow_losses
from tests.losses.pairs import Z1, Z2, random_pair, value


def test_golden_value():
    loss = CosineRegression()
    found = value(loss, Z1, Z2) + value(loss, Z2, Z1)
    np.testing.assert_allclose(found, 0.9299964, rtol=1e-6)


def test_is_the_squared_distance_of_unit_vectors():
    targets, predictions = random_pair()
    np.testing.assert_allclose(
        value(CosineRegression(reduction=None), targets, predictions),
        slow_losses.cosine_regression(targets, predictions),
        rtol=1e-5,
    )


def test_range():
    z, _ = random_pair()
    assert abs(value(CosineRegression(), z, 3 * z)) < 1e-6
    np.testing.assert_allclose(value(CosineRegression(), z, -z), 4, rtol=1e-6)

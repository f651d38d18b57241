import numpy as np
import pytest

from keras_contrastive.losses import DCL
from tests import slow_losses
from tests.losses.pairs import Z1, Z2, random_pair, value


@pytest.mark.parametrize(
    "temperature, golden", [(0.5, 1.2870122), (0.1, 1.0481273)]
)
def test_golden_values(temperature, golden):
    found = value(DCL(temperature), Z1, Z2)
    np.testing.assert_allclose(found, golden, rtol=1e-6)


def test_equals_a_double_loop():
    z1, z2 = random_pair()
    np.testing.assert_allclose(
        value(DCL(0.2, reduction=None), z1, z2),
        slow_losses.dcl(z1, z2, 0.2),
        rtol=1e-5,
    )


def test_can_be_negative():
    z = np.eye(3, dtype="float32")
    assert value(DCL(0.1), z, z) < 0

import numpy as np
import pytest

from keras_contrastive.losses import MIOLoss
from tests import slow_losses
from tests.losses.pairs import random_pair, value

M1 = np.array([[1, 0], [0, 1]], "float32")
M1_OTHER = np.array([[0.8, 0.6], [0.6, 0.8]], "float32")
M2 = np.array([[3, 4, 0], [0, 2, 0]], "float32")
M2_OTHER = np.array([[4, 3, 0], [0, 0, 1]], "float32")
M3 = np.eye(3, dtype="float32")
M3_OTHER = np.array([[0.8, 0.6, 0], [0, 0.8, 0.6], [0.6, 0, 0.8]], "float32")

GOLDEN = {
    "M1, no regulariser": (M1, M1_OTHER, {"regularizer_weight": 0}, 1.60303055),
    "M1": (M1, M1_OTHER, {}, 1.80303055),
    "M1, two temperatures": (
        M1,
        M1_OTHER,
        {"negative_temperature": 0.2, "regularizer_weight": 0},
        3.08353023,
    ),
    "M1, pooled": (
        M1,
        M1_OTHER,
        {"balance": False, "regularizer_weight": 0},
        1.00738679,
    ),
    "M1, no repulsion": (
        M1,
        M1_OTHER,
        {"positive_repulsion": False, "regularizer_weight": 0},
        -0.18087019,
    ),
    "M2": (M2, M2_OTHER, {}, 1.92001321),
    "M3": (M3, M3_OTHER, {"regularizer_weight": 2.5}, 1.55067268),
    "collapse": (np.ones((2, 3)), np.ones((2, 3)), {}, 2.25385602),
    "orthogonal": (np.eye(2), np.eye(2), {}, 0.82007519),
    "optimum of two": (
        np.array([[1.0, 0], [-1, 0]]),
        np.array([[1.0, 0], [-1, 0]]),
        {},
        0.25385602,
    ),
}


@pytest.mark.parametrize("case", GOLDEN)
def test_golden_values(case):
    first, second, arguments, golden = GOLDEN[case]
    found = value(MIOLoss(**arguments), first, second)
    np.testing.assert_allclose(found, golden, rtol=1e-6)


@pytest.mark.parametrize("temperatures", [(0.5, None), (0.3, 0.7)])
def test_terms_equal_the_loops(temperatures):
    z1, z2 = random_pair()
    slow = slow_losses.mio(z1, z2, *temperatures)
    for name, found in MIOLoss(*temperatures).terms(z1, z2).items():
        np.testing.assert_allclose(np.asarray(found), slow[name], rtol=1e-5)


def test_regulariser_is_a_function_of_the_positive_cosine():
    z1, z2 = random_pair()
    terms = MIOLoss().terms(z1, z2)
    units = [slow_losses.unit(z) for z in (z1, z2)]
    cosines = (units[0] * units[1]).sum(axis=1)
    expected = 2 / z1.shape[1] * (1 - cosines)
    found = np.asarray(terms["regularizer"])
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_lengths_and_order_do_not_count():
    z1, z2 = random_pair()
    base = value(MIOLoss(), z1, z2)
    np.testing.assert_allclose(
        value(MIOLoss(), 3 * z1, 0.1 * z2), base, rtol=1e-5
    )
    np.testing.assert_allclose(value(MIOLoss(), z2, z1), base, rtol=1e-5)

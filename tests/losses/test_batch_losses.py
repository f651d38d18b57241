"""Losses of statistics of the batch: Barlow Twins and VICReg."""

import numpy as np
import pytest

from keras_contrastive.losses import BarlowTwinsLoss, VICRegLoss
from tests import slow_losses
from tests.losses.pairs import Z1, Z2, random_pair, value


def test_golden_barlow_twins():
    np.testing.assert_allclose(
        value(BarlowTwinsLoss(), Z1, Z2), 0.5060111, 1e-6
    )
    off = value(BarlowTwinsLoss(redundancy=1.0), Z1, Z2)
    on = value(BarlowTwinsLoss(redundancy=0.0), Z1, Z2)
    np.testing.assert_allclose(on, 0.4927211, rtol=1e-6)
    np.testing.assert_allclose(off - on, 2.6058790, rtol=1e-6)


def test_golden_vicreg():
    np.testing.assert_allclose(
        value(VICRegLoss(), Z1, Z2), 25.9485658, rtol=1e-6
    )
    terms = VICRegLoss().terms(Z1, Z2)
    golden = {
        "invariance": 0.75,
        "variance": 0.2618315,
        "covariance": 0.6527778,
    }
    for name, expected in golden.items():
        found = np.mean(np.asarray(terms[name]))
        np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_equal_the_loops():
    z1, z2 = random_pair()
    np.testing.assert_allclose(
        value(BarlowTwinsLoss(0.3, reduction=None), z1, z2),
        slow_losses.barlow_twins(z1, z2, 0.3),
        rtol=1e-5,
    )
    slow = slow_losses.vicreg(z1, z2)
    for name, found in VICRegLoss().terms(z1, z2).items():
        np.testing.assert_allclose(np.asarray(found), slow[name], rtol=1e-5)


def test_weights_of_vicreg():
    z1, z2 = random_pair()
    slow = slow_losses.vicreg(z1, z2)
    expected = 2 * slow["invariance"] + 3 * slow["variance"]
    loss = VICRegLoss(invariance=2, variance=3, covariance=0, reduction=None)
    np.testing.assert_allclose(value(loss, z1, z2), expected, rtol=1e-5)


def test_barlow_twins_does_not_see_shift_or_scale_of_a_feature():
    z1, z2 = random_pair(count=32)
    moved = z1 * np.array([1, 5, 2, 1, 3], "float32") + 7
    np.testing.assert_allclose(
        value(BarlowTwinsLoss(), moved, z2),
        value(BarlowTwinsLoss(), z1, z2),
        rtol=1e-3,
    )


@pytest.mark.parametrize("loss", [BarlowTwinsLoss(), VICRegLoss()])
def test_order_of_views_and_images(loss):
    z1, z2 = random_pair()
    np.testing.assert_allclose(value(loss, z2, z1), value(loss, z1, z2), 1e-5)
    order = [3, 1, 5, 0, 2, 4]
    np.testing.assert_allclose(
        value(loss, z1[order], z2[order]), value(loss, z1, z2), rtol=1e-5
    )

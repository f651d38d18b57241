import numpy as np

from keras_contrastive.losses import memory_softmax, nce
from tests import slow_losses


def test_golden_value():
    positives, negatives = np.array([0.5]), np.array([[0.1, -0.2]])
    log_z = np.log([15.366682])
    found = nce(positives, negatives, log_z, temperature=0.5, num_images=10)
    np.testing.assert_allclose(np.asarray(found), 1.2883389, rtol=1e-5)


def scores(seed=3):
    rng = np.random.default_rng(seed)
    return rng.uniform(-1, 1, 4), rng.uniform(-1, 1, (4, 7)), np.full(4, 2.5)


def test_equals_the_loop():
    positives, negatives, log_z = scores()
    found = nce(positives, negatives, log_z, temperature=0.2, num_images=50)
    slow = slow_losses.nce(positives, negatives, log_z, 0.2, 50)
    np.testing.assert_allclose(np.asarray(found), slow, rtol=1e-5)


def test_stays_finite_where_probabilities_do_not():
    positives, negatives, log_z = scores()
    found = nce(
        -50 * np.abs(positives),
        50 * np.abs(negatives),
        log_z,
        temperature=0.07,
        num_images=50,
    )
    assert np.isfinite(np.asarray(found)).all()


def test_softmax_over_the_bank():
    positives, negatives, _ = scores()
    negatives[:, 2] = positives
    found = memory_softmax(positives, negatives, temperature=0.2)
    slow = slow_losses.memory_softmax(positives, negatives, 0.2)
    np.testing.assert_allclose(np.asarray(found), slow, rtol=1e-5)

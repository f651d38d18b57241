import math

import numpy as np
from keras import ops

from keras_contrastive.contrasts import Contrast, in_memory
from keras_contrastive.losses import nce_loss, softmax_loss
from tests import slow_losses


def nce(positives, negatives, log_z, *, temperature, num_images):
    """The loss of given similarities, each of its own unit vector."""
    count, number = negatives.shape
    queries = np.ones((count, 1), "float32")
    contrast = Contrast(
        ops.convert_to_tensor(queries),
        ops.convert_to_tensor(positives[:, None].astype("float32")),
        ops.convert_to_tensor(negatives[:, :, None].astype("float32")),
        temperature=temperature,
        log_noise=ops.convert_to_tensor(
            (log_z + math.log(number / num_images)).astype("float32")
        ),
    )
    return ops.convert_to_numpy(nce_loss(contrast))


def test_golden_value():
    positives, negatives = np.array([0.5]), np.array([[0.1, -0.2]])
    log_z = np.log([15.366682])
    found = nce(positives, negatives, log_z, temperature=0.5, num_images=10)
    np.testing.assert_allclose(found, 1.2883389, rtol=1e-5)


def scores(seed=3):
    rng = np.random.default_rng(seed)
    return rng.uniform(-1, 1, 4), rng.uniform(-1, 1, (4, 7)), np.full(4, 2.5)


def test_equals_the_loop():
    positives, negatives, log_z = scores()
    found = nce(positives, negatives, log_z, temperature=0.2, num_images=50)
    slow = slow_losses.nce(positives, negatives, log_z, 0.2, 50)
    np.testing.assert_allclose(found, slow, rtol=1e-5)


def test_stays_finite_where_probabilities_do_not():
    positives, negatives, log_z = scores()
    found = nce(
        -50 * np.abs(positives),
        50 * np.abs(negatives),
        log_z,
        temperature=0.07,
        num_images=50,
    )
    assert np.isfinite(found).all()


def test_softmax_over_the_bank():
    rng = np.random.default_rng(3)
    queries = slow_losses.unit(rng.normal(size=(4, 3))).astype("float32")
    rows = slow_losses.unit(rng.normal(size=(7, 3))).astype("float32")
    index = np.array([2, 0, 6, 2])
    contrast = in_memory(queries, rows, index, temperature=0.2)
    cosines = queries.astype("float64") @ rows.T
    slow = slow_losses.memory_softmax(
        cosines[np.arange(4), index], cosines, 0.2
    )
    found = ops.convert_to_numpy(softmax_loss(contrast))
    np.testing.assert_allclose(found, slow, rtol=1e-5)

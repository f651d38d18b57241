import numpy as np
import pytest

from keras_contrastive.losses import QueueInfoNCE
from tests import slow_losses
from tests.losses.pairs import random_pair, value


def test_equals_the_loop():
    keys, queries = random_pair()
    negatives, _ = random_pair(count=9)
    loss = QueueInfoNCE(0.2, reduction=None)
    np.testing.assert_allclose(
        value(loss, (keys, negatives), queries),
        slow_losses.queue_info_nce(keys, negatives, queries, 0.2),
        rtol=1e-5,
    )


def test_equal_similarities_give_the_log_of_the_candidates():
    z = np.ones((3, 4), "float32")
    found = value(QueueInfoNCE(), (z, np.ones((9, 4), "float32")), z)
    np.testing.assert_allclose(found, np.log(10), rtol=1e-5)


def test_other_images_of_the_batch_are_no_negatives():
    keys, queries = random_pair()
    negatives, _ = random_pair(count=9)
    loss = QueueInfoNCE(0.2, reduction=None)
    fewer = value(loss, (keys[:2], negatives), queries[:2])
    together = value(loss, (keys, negatives), queries)
    np.testing.assert_allclose(together[:2], fewer, rtol=1e-5)


def test_half_precision_is_computed_in_float32():
    keys, queries = random_pair()
    half = [array.astype("float16") for array in (keys, keys[:3], queries)]
    found = value(QueueInfoNCE(), tuple(half[:2]), half[2])
    assert found.dtype == "float32"


def test_temperature_must_be_positive():
    with pytest.raises(ValueError, match="must be positive"):
        QueueInfoNCE(0)

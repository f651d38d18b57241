import numpy as np
import pytest

from keras_contrastive.losses import InfoNCE
from tests.losses.pairs import Z1, Z2, random_pair, value


@pytest.mark.parametrize(
    "temperature, golden", [(0.5, 1.0929683), (0.1, 1.1947893)]
)
def test_golden_values(temperature, golden):
    loss = InfoNCE(temperature)
    found = (value(loss, Z1, Z2) + value(loss, Z2, Z1)) / 2
    np.testing.assert_allclose(found, golden, rtol=1e-6)


def test_equals_a_double_loop():
    keys, anchors = random_pair()
    unit = [z / np.linalg.norm(z, axis=1, keepdims=True) for z in random_pair()]
    slow = []
    for i in range(len(keys)):
        scores = [unit[1][i] @ unit[0][j] / 0.2 for j in range(len(keys))]
        slow.append(-scores[i] + np.log(np.sum(np.exp(scores))))
    found = value(InfoNCE(0.2, reduction=None), keys, anchors)
    np.testing.assert_allclose(found, slow, rtol=1e-5)


def test_equal_similarities_give_the_log_of_the_candidates():
    z = np.ones((512, 4), "float32")
    np.testing.assert_allclose(value(InfoNCE(), z, z), np.log(512), rtol=1e-5)

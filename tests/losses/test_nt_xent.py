import keras
import numpy as np
import pytest
from keras import ops

from keras_contrastive.losses import InfoNCE, NTXent

# Golden values were computed in float64 by two independent formulations.
Z1 = np.array([[1, 0, 0], [0, 2, 0], [1, 1, 0], [0, 0, 3]], "float32")
Z2 = np.array([[1, 1, 0], [0, 1, 1], [2, 1, 0], [1, 0, 1]], "float32")


def value(loss, first, second):
    return ops.convert_to_numpy(loss(first, second))


def random_pair(count=6, units=5):
    rng = np.random.default_rng(1)
    return rng.normal(size=(2, count, units)).astype("float32")


@pytest.mark.parametrize(
    "temperature, golden", [(0.5, 1.5367083), (0.1, 1.4360704)]
)
def test_golden_values(temperature, golden):
    found = value(NTXent(temperature), Z1, Z2)
    np.testing.assert_allclose(found, golden, rtol=1e-6)


@pytest.mark.parametrize(
    "temperature, golden", [(0.5, 1.0929683), (0.1, 1.1947893)]
)
def test_golden_values_of_info_nce(temperature, golden):
    loss = InfoNCE(temperature)
    found = (value(loss, Z1, Z2) + value(loss, Z2, Z1)) / 2
    np.testing.assert_allclose(found, golden, rtol=1e-6)


def test_info_nce_equals_a_double_loop():
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
    np.testing.assert_allclose(value(NTXent(), z, z), np.log(1023), rtol=1e-5)
    np.testing.assert_allclose(value(InfoNCE(), z, z), np.log(512), rtol=1e-5)


@pytest.mark.parametrize("make", [NTXent, InfoNCE])
class TestInvariances:
    def test_scale_of_a_row(self, make):
        first, second = random_pair()
        scaled = first * np.array([[1], [10], [0.1], [3], [7], [1]], "float32")
        np.testing.assert_allclose(
            value(make(), scaled, second), value(make(), first, second), 1e-5
        )

    def test_permuting_images_permutes_values(self, make):
        first, second = random_pair()
        order = [3, 1, 5, 0, 2, 4]
        loss = make(reduction=None)
        np.testing.assert_allclose(
            value(loss, first[order], second[order]),
            value(loss, first, second)[order],
            rtol=1e-5,
        )

    def test_rotation_of_the_space(self, make):
        first, second = random_pair()
        turn, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(5, 5)))
        turn = turn.astype("float32")
        np.testing.assert_allclose(
            value(make(), first @ turn, second @ turn),
            value(make(), first, second),
            rtol=1e-5,
        )

    def test_infinite_temperature_counts_candidates(self, make):
        candidates = 11 if make is NTXent else 6
        found = value(make(temperature=1e6), *random_pair())
        np.testing.assert_allclose(found, np.log(candidates), rtol=1e-5)

    def test_half_precision_is_computed_in_float32(self, make):
        first, second = random_pair()
        half = value(make(), first.astype("float16"), second.astype("float16"))
        assert half.dtype == "float32"
        np.testing.assert_allclose(half, value(make(), first, second), 3e-3)

    def test_config(self, make):
        loss = make(temperature=0.3)
        again = keras.losses.deserialize(keras.losses.serialize(loss))
        assert isinstance(again, make) and again.temperature == 0.3

    @pytest.mark.parametrize("temperature", [0, -0.1, float("nan")])
    def test_temperature_must_be_positive(self, make, temperature):
        with pytest.raises(ValueError, match="must be positive"):
            make(temperature)

    def test_a_batch_of_one_has_no_negatives(self, make):
        with pytest.raises(ValueError, match="no negatives"):
            make()(np.ones((1, 3), "float32"), np.ones((1, 3), "float32"))

    def test_unequal_shapes(self, make):
        with pytest.raises(ValueError, match="same shape"):
            make()(np.ones((4, 3), "float32"), np.ones((4, 2), "float32"))


def test_swapping_the_views_changes_nothing():
    first, second = random_pair()
    loss = NTXent(reduction=None)
    np.testing.assert_allclose(
        value(loss, first, second), value(loss, second, first), rtol=1e-6
    )


def test_identical_views_are_not_free():
    first, _ = random_pair()
    assert value(NTXent(0.5), first, first) > 0.5

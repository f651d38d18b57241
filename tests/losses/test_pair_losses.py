"""What every loss of two views does, whatever its negatives."""

import keras
import numpy as np
import pytest

from keras_contrastive.losses import DCL, InfoNCE, NTXent
from tests.losses.pairs import random_pair, value

pytestmark = pytest.mark.parametrize("make", [NTXent, InfoNCE, DCL])


def test_scale_of_a_row(make):
    first, second = random_pair()
    scaled = first * np.array([[1], [10], [0.1], [3], [7], [1]], "float32")
    np.testing.assert_allclose(
        value(make(), scaled, second), value(make(), first, second), 1e-5
    )


def test_permuting_images_permutes_values(make):
    first, second = random_pair()
    order = [3, 1, 5, 0, 2, 4]
    loss = make(reduction=None)
    np.testing.assert_allclose(
        value(loss, first[order], second[order]),
        value(loss, first, second)[order],
        rtol=1e-5,
    )


def test_rotation_of_the_space(make):
    first, second = random_pair()
    turn, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(5, 5)))
    turn = turn.astype("float32")
    np.testing.assert_allclose(
        value(make(), first @ turn, second @ turn),
        value(make(), first, second),
        rtol=1e-5,
    )


def test_infinite_temperature_counts_candidates(make):
    candidates = {NTXent: 11, InfoNCE: 6, DCL: 10}[make]
    found = value(make(temperature=1e6), *random_pair())
    np.testing.assert_allclose(found, np.log(candidates), rtol=1e-5)


def test_half_precision_is_computed_in_float32(make):
    first, second = random_pair()
    half = value(make(), first.astype("float16"), second.astype("float16"))
    assert half.dtype == "float32"
    np.testing.assert_allclose(half, value(make(), first, second), 3e-3)


def test_config(make):
    loss = make(temperature=0.3)
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    assert isinstance(again, make) and again.temperature == 0.3


@pytest.mark.parametrize("temperature", [0, -0.1, float("nan")])
def test_temperature_must_be_positive(make, temperature):
    with pytest.raises(ValueError, match="must be positive"):
        make(temperature)


def test_a_batch_of_one_has_no_negatives(make):
    with pytest.raises(ValueError, match="`y_pred` .*no negatives"):
        make()(np.ones((1, 3), "float32"), np.ones((1, 3), "float32"))


def test_unequal_shapes(make):
    with pytest.raises(ValueError, match="`y_pred` .*same shape"):
        make()(np.ones((4, 3), "float32"), np.ones((4, 2), "float32"))


def test_never_below_zero(make):
    if make is DCL:
        pytest.skip("its positive is not among the candidates")
    # At this temperature the last bit of a similarity counts ten thousand
    # times, so positive and denominator must share their rounding.
    first, _ = random_pair(count=16, units=300)
    loss = make(temperature=1e-4, reduction=None)
    assert (value(loss, first, first) >= 0).all()

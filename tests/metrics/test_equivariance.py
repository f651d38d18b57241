import numpy as np
import pytest

from keras_contrastive.metrics import equivariance


def test_values_by_hand():
    found = equivariance([[1.0, 0.0]], [[3.0, 4.0]], [[0.0, 2.0]])
    assert found["invariance"] == pytest.approx([0.6])
    assert found["absolute"] == pytest.approx([0.2])
    assert found["relative"] == pytest.approx([2.0])


def test_to_predict_no_change_is_the_measure_of_all():
    original, embeddings = np.random.default_rng(0).normal(size=(2, 6, 4))
    found = equivariance(original, embeddings, 7 * original)
    np.testing.assert_allclose(found["absolute"], 0, atol=1e-12)
    np.testing.assert_allclose(found["relative"], 1)


def test_exact_predictions_stay_finite():
    original, embeddings = np.random.default_rng(0).normal(size=(2, 6, 4))
    found = equivariance(original, embeddings, embeddings)
    np.testing.assert_allclose(found["absolute"], 1 - found["invariance"])
    assert (found["relative"] > 1e4).all()
    assert np.isfinite(found["relative"]).all()


def test_shapes_must_agree():
    with pytest.raises(ValueError, match="must have the same shape"):
        equivariance(np.ones((2, 3)), np.ones((2, 3)), np.ones((2, 2, 3)))


@pytest.mark.parametrize("name", ["original", "embeddings", "predicted"])
def test_numbers_must_be_finite(name):
    given = dict.fromkeys(("original", "embeddings", "predicted"), np.eye(2))
    given[name] = np.array([[1.0, np.nan], [0.0, 1.0]])
    with pytest.raises(ValueError, match=f"`{name}` must be finite"):
        equivariance(**given)

import keras
import numpy as np
import pytest

from keras_contrastive.losses import EquivariantNTXent
from tests import slow_losses
from tests.losses.pairs import value


def random_views(images=5, views=2, units=6):
    rng = np.random.default_rng(3)
    return rng.normal(size=(2, images, views, units)).astype("float32")


@pytest.mark.parametrize("views", [1, 2, 3])
@pytest.mark.parametrize("siblings", [True, False])
def test_equals_a_double_loop(siblings, views):
    actual, predicted = random_views(views=views)
    np.testing.assert_allclose(
        value(
            EquivariantNTXent(0.2, sibling_negatives=siblings, reduction=None),
            actual,
            predicted,
        ),
        slow_losses.equivariant_nt_xent(actual, predicted, 0.2, siblings),
        rtol=1e-5,
    )


# 64 images with orthogonal embeddings, temperature 0.2.
@pytest.mark.parametrize(
    "siblings, invariant, equivariant",
    [(True, 1.5471, 0.9975), (False, 0.9925, 0.9925)],
)
def test_golden_values(siblings, invariant, equivariant):
    loss = EquivariantNTXent(0.2, sibling_negatives=siblings)
    basis = np.eye(128, dtype="float32").reshape(64, 2, 128)
    same = np.repeat(basis[:, :1], 2, axis=1)
    assert value(loss, same, same) == pytest.approx(invariant, abs=5e-5)
    assert value(loss, basis, basis) == pytest.approx(equivariant, abs=5e-5)


def test_one_view_has_no_siblings():
    actual, predicted = random_views(views=1)
    np.testing.assert_array_equal(
        value(
            EquivariantNTXent(0.2, sibling_negatives=True), actual, predicted
        ),
        value(
            EquivariantNTXent(0.2, sibling_negatives=False), actual, predicted
        ),
    )


def test_config():
    loss = EquivariantNTXent(0.3, sibling_negatives=False)
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    assert again.temperature == 0.3 and again.sibling_negatives is False


def test_half_precision_is_computed_in_float32():
    actual, predicted = random_views()
    half = actual.astype("float16"), predicted.astype("float16")
    found = value(EquivariantNTXent(), *half)
    assert found.dtype == "float32"
    np.testing.assert_allclose(
        found, value(EquivariantNTXent(), actual, predicted), rtol=3e-3
    )


@pytest.mark.parametrize(
    "shapes, message",
    [
        (((4, 3), (4, 3)), "batch, views, units"),
        (((4, 2, 3), (4, 1, 3)), "batch, views, units"),
        (((1, 2, 3), (1, 2, 3)), "no negatives"),
    ],
)
def test_bad_shapes(shapes, message):
    with pytest.raises(ValueError, match=message):
        EquivariantNTXent()(*map(np.ones, shapes))


def test_temperature_must_be_positive():
    with pytest.raises(ValueError, match="must be positive"):
        EquivariantNTXent(0.0)

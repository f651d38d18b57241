import keras
import numpy as np
import pytest

from keras_contrastive.losses import NTXent, SupConLoss
from tests import slow_losses
from tests.losses.pairs import Z1, Z2, random_pair, value

LABELS = np.array([0, 1, 0, 1])


@pytest.mark.parametrize(
    "temperature, golden", [(0.5, 1.7671555), (0.1, 2.5883064)]
)
def test_golden_values(temperature, golden):
    found = value(SupConLoss(temperature), LABELS, (Z1, Z2))
    np.testing.assert_allclose(found, golden, rtol=1e-6)


def test_equals_the_loops():
    z1, z2 = random_pair()
    labels = np.array([2, 0, 2, 2, 1, 0])
    np.testing.assert_allclose(
        value(SupConLoss(0.2, reduction=None), labels, (z1, z2)),
        slow_losses.sup_con(labels, z1, z2, 0.2),
        rtol=1e-5,
    )


def test_an_image_without_a_label_has_its_own_views_alone():
    z1, z2 = random_pair()
    loss = SupConLoss(0.2, reduction=None)
    for labels in ([2, -1, 2, -1, 0, -1], [-1, 0, 0, 1, 1, 0]):
        np.testing.assert_allclose(
            value(loss, np.array(labels), (z1, z2)),
            slow_losses.sup_con(labels, z1, z2, 0.2),
            rtol=1e-5,
        )


def test_labels_of_few_bits_in_a_large_batch():
    z = np.random.default_rng(0).normal(size=(2, 300, 4)).astype("float32")
    z = [keras.ops.convert_to_tensor(x) for x in z]
    labels = np.where(np.arange(300) % 3, np.arange(300) % 100, -1)
    found, expected = (
        keras.ops.convert_to_numpy(
            SupConLoss().call(keras.ops.convert_to_tensor(labels, dtype), z)
        )
        for dtype in ("int8", "int32")
    )
    np.testing.assert_array_equal(found, expected)


def test_without_equal_labels_it_is_nt_xent():
    z1, z2 = random_pair()
    nt_xent = value(NTXent(0.3, reduction=None), z1, z2)
    for labels in (np.arange(6), np.full((6, 1), -1)):
        found = value(SupConLoss(0.3, reduction=None), labels, (z1, z2))
        np.testing.assert_allclose(found, nt_xent, rtol=1e-5)


def test_one_column_of_labels_and_no_more():
    found = value(SupConLoss(0.5), LABELS[:, None], (Z1, Z2))
    np.testing.assert_allclose(found, 1.7671555, rtol=1e-6)
    with pytest.raises(ValueError, match="argmax.*shape"):
        SupConLoss()(np.eye(4), (Z1, Z2))

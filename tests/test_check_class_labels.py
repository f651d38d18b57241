import numpy as np
import pytest

from keras_contrastive._check_class_labels import check_class_labels


@pytest.mark.parametrize(
    "labels",
    [
        [3, -1, 0],
        np.array([[3], [-1], [0]], "int8"),
        np.array([3, -1, 0], object).astype("int32"),
    ],
)
def test_integers_are_taken_also_as_a_column(labels):
    found = check_class_labels(labels, "y")
    assert found.dtype == "int64"
    np.testing.assert_array_equal(found, [3, -1, 0])


@pytest.mark.parametrize(
    "labels, cure",
    [
        (np.eye(3), r"np\.argmax\(labels, axis=1\).*shape \(3, 3\)"),
        (np.eye(3, dtype=int), r"np\.argmax\(labels, axis=1\)"),
        ([0.0, 1.0], r'labels\.astype\("int32"\).*float64'),
        ([True, False], r'labels\.astype\("int32"\).*bool'),
        ([0.0, np.nan], "-1 for NaN"),
        ([0, None, 1], "-1 for None"),
        (["cat", "dog"], "names, labels = np.unique.*return_inverse"),
        (np.array([b"cat", b"dog"], object), "names, labels = np.unique"),
        (np.array([[["cat"]]]), "one integer label per image"),
        ([], "one integer label per image"),
        (3, "one integer label per image"),
        ([0, -2, 1], "from 0, or -1.*Received: -2"),
    ],
)
def test_anything_else_is_named_with_its_cure(labels, cure):
    with pytest.raises(ValueError, match=f"`y` must have.*{cure}"):
        check_class_labels(labels, "y")

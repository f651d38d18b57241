import numpy as np
import pytest

from keras_contrastive.data import label_subset

LABELS = np.random.default_rng(0).integers(0, 5, 1000) * 3
PINNED = [162, 178, 185, 207, 322, 664, 670, 760, 940, 998]


def sizes(labels):
    return np.unique(labels, return_counts=True)[1]


def test_each_class_gives_as_many():
    rows = label_subset(LABELS, per_class=20)
    assert len(set(rows)) == 100
    np.testing.assert_array_equal(rows, np.sort(rows))
    assert sizes(LABELS[rows]).tolist() == [20] * 5


def test_each_class_gives_the_same_share():
    rows = label_subset(LABELS, share=0.1)
    np.testing.assert_array_equal(rows, np.sort(rows))
    np.testing.assert_allclose(sizes(LABELS[rows]), sizes(LABELS) / 10, atol=1)
    rare = np.repeat([5, 9], [60, 4])
    assert sizes(rare[label_subset(rare, share=0.5)]).tolist() == [30, 2]
    assert sizes(rare[label_subset(rare, share=0.01)]).tolist() == [1, 1]
    assert len(label_subset(rare, share=1.0)) == 64


def test_a_balanced_set_gives_the_same_rows_by_share_and_number():
    labels = np.arange(100) % 5
    np.testing.assert_array_equal(
        label_subset(labels, share=0.2), label_subset(labels, per_class=4)
    )


def test_images_without_a_label_are_not_chosen():
    labels = np.where(np.arange(1000) % 2, LABELS, -1)
    rows = label_subset(labels, share=0.1)
    assert labels[rows].min() == 0
    np.testing.assert_allclose(
        sizes(labels[rows]), sizes(labels[1::2]) / 10, atol=1
    )
    assert len(label_subset(labels, per_class=3)) == 15
    np.testing.assert_array_equal(
        label_subset(labels[:, None], share=0.1), rows
    )


def test_the_rows_are_fixed_for_ever():
    assert label_subset(LABELS, share=0.01).tolist() == PINNED
    assert label_subset(LABELS, share=0.01, seed=1).tolist() != PINNED


def test_a_tiny_share_is_one_image_of_each_class():
    assert len(label_subset(LABELS, share=1e-6)) == 5


def test_all_of_a_balanced_set():
    rows = label_subset(np.arange(20) % 4, share=1.0)
    np.testing.assert_array_equal(rows, np.arange(20))


def test_every_image_may_be_chosen():
    chosen = [label_subset(LABELS, share=0.2, seed=seed) for seed in range(40)]
    assert len(set(np.concatenate(chosen))) == 1000


def test_a_class_with_fewer_images_is_named():
    labels = np.array([0] * 10 + [7] * 3)
    with pytest.raises(ValueError, match="3 of class 7.*`per_class=3`"):
        label_subset(labels, per_class=4)
    assert len(label_subset(labels, per_class=3)) == 6


def test_bad_arguments_are_named():
    for share in (0.0, 1.5, -1, "0.1"):
        with pytest.raises(
            ValueError, match="`share` must be (above 0|a finite)"
        ):
            label_subset(LABELS, share=share)
    with pytest.raises(ValueError, match="either `share` or `per_class`"):
        label_subset(LABELS)
    with pytest.raises(ValueError, match="either `share` or `per_class`"):
        label_subset(LABELS, share=0.1, per_class=2)
    with pytest.raises(ValueError, match="`per_class`"):
        label_subset(LABELS, per_class=0)
    for labels in (LABELS / 2, []):
        with pytest.raises(ValueError, match="`labels` must have one integer"):
            label_subset(labels, share=0.1)
    with pytest.raises(ValueError, match="`labels` must have a class"):
        label_subset([-1, -1], share=0.1)

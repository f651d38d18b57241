import numpy as np
import pytest

from keras_contrastive.data import (
    Batches,
    from_arrays,
    label_subset,
    shapes,
    train_test_split,
)


def numbered(labels, **kwargs):
    """Labeled data whose images hold their own number."""
    images = np.arange(len(labels), dtype="uint8")[:, None, None, None]
    return from_arrays(images, np.array(labels), batch_size=5, **kwargs)


def content(batches):
    rows = [(x[:, 0, 0, 0], y) for x, y in batches]
    return [np.concatenate(part) for part in zip(*rows, strict=True)]


def test_each_class_by_the_same_share():
    labels = np.repeat([0, 1, 2, 3, 4], [60, 4, 2, 1, 20])
    train, test = train_test_split(numbered(labels))
    (train_rows, train_labels), (rows, test_labels) = (
        content(train),
        content(test),
    )
    assert np.bincount(test_labels).tolist() == [12, 1, 1, 0, 4]
    assert np.bincount(train_labels).tolist() == [48, 3, 1, 1, 16]
    assert sorted([*train_rows, *rows]) == list(range(len(labels)))
    np.testing.assert_array_equal(labels[rows], test_labels)


def test_the_parts_are_fixed_for_ever():
    labels = np.arange(20) % 2
    _, test = train_test_split(numbered(labels))
    assert content(test)[0].tolist() == [14, 15, 16, 17]
    _, other = train_test_split(numbered(labels), seed=1)
    assert content(other)[0].tolist() == [10, 14, 15, 17]
    assert set(content(test)[0]) != set(label_subset(labels, per_class=2))


def test_images_without_a_label_are_for_training():
    train, test = train_test_split(numbered([-1, 0, 0, 1, -1, 1]))
    assert content(test)[1].tolist() == [0, 1]
    assert sorted(content(train)[1]) == [-1, -1, 0, 1]


def test_parts_read_as_the_whole_or_in_order():
    data = shapes(100, 8, labels=True, shuffle=True, index=True, seed=3)
    train, test = train_test_split(data)
    assert train.class_names == test.class_names == data.class_names
    assert train.shuffle and train.drop_remainder and train.seed == 3
    assert not test.shuffle and not test.drop_remainder
    x, _ = next(iter(test))
    assert x["index"].tolist() == list(range(8))
    assert train.num_images + test.num_images == 100
    again, _ = train_test_split(train, test_share=0.5)
    assert again.num_images < 50


def test_a_source_that_does_not_know_all_its_labels():
    class Source:
        def __len__(self):
            return 300

        def read(self, indices):
            return np.zeros((len(indices), 1, 1, 1), "uint8"), indices % 3

    train, test = train_test_split(Batches(Source(), 50, labels=True))
    assert np.bincount(content(test)[1]).tolist() == [20] * 3


@pytest.mark.parametrize(
    "data, message",
    [
        (numbered(np.arange(5) / 5), "`data` must have one integer label"),
        (numbered([0, 1, 2]), "`data` must have a class of two"),
        (from_arrays(np.zeros((9, 2, 2, 1)), batch_size=2), "labeled data of"),
        ((np.zeros((9, 2, 2, 1)), np.zeros(9)), "`data` must be a `Batches`"),
        (shapes(9, 2, labels="all"), "`data` must have one integer label"),
    ],
)
def test_data_without_classes(data, message):
    with pytest.raises(ValueError, match=message):
        train_test_split(data)


def test_a_share_of_numpy():
    data = numbered([0, 0, 0, 0])
    _, test = train_test_split(data, test_share=np.float32(0.25))
    assert test.num_images == 1
    rows = label_subset(np.zeros(4, "int32"), share=np.float32(0.25))
    assert len(rows) == 1


@pytest.mark.parametrize("share", [0, 1, 1.5, -0.1, np.nan, "half", None])
def test_wrong_share(share):
    with pytest.raises(ValueError, match="`test_share` must be.*Received"):
        train_test_split(numbered([0, 0]), test_share=share)

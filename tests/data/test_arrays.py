import numpy as np
import pytest

from keras_contrastive.data import from_arrays

IMAGES = np.zeros((4, 2, 2, 3), "uint8")


@pytest.mark.parametrize("dtype", ["uint8", "float32", "float16", "bfloat16"])
def test_dtypes_are_kept(dtype):
    (batch,) = from_arrays(IMAGES.astype(dtype), batch_size=4)
    assert batch.dtype == dtype


def test_images_and_labels_stay_together():
    labels = np.arange(4)
    images = IMAGES + labels[:, None, None, None].astype("uint8")
    batches = from_arrays(images, labels, batch_size=2, shuffle=True)
    for x, y in batches:
        np.testing.assert_array_equal(x[:, 0, 0, 0], y)


@pytest.mark.parametrize(
    "images, message",
    [
        (IMAGES[..., 0], r"channels.*images\[\.\.\., None\].*\(4, 2, 2\)"),
        (IMAGES[0, 0], r"`images` must have shape.*\(2, 3\)"),
        (IMAGES[:0], r"no axis of length 0.*\(0, 2, 2, 3\)"),
        (IMAGES.astype("int64"), "uint8 in 0..255 or float.*int64"),
        (IMAGES + 255.0, "must lie in 0..1: divide by 255.*255"),
        (IMAGES - 0.1, "must lie in 0..1.*-0.1"),
        (IMAGES.astype("bfloat16") + 2, "must lie in 0..1.*2"),
        (IMAGES * np.nan, "must be finite.*nan"),
    ],
)
def test_wrong_images(images, message):
    with pytest.raises(ValueError, match=message):
        from_arrays(images, batch_size=1)


@pytest.mark.parametrize("labels", [np.arange(3), 7, {"a": np.arange(5)}])
def test_wrong_labels(labels):
    with pytest.raises(ValueError, match="`labels` must have one row.* 4 im"):
        from_arrays(IMAGES, labels, batch_size=1)


def test_a_column_of_classes_is_flattened():
    ((_, labels),) = from_arrays(IMAGES, [[3], [-1], [0], [1]], batch_size=4)
    assert labels.tolist() == [3, -1, 0, 1]
    targets = np.ones((4, 1), "float32")
    ((_, labels),) = from_arrays(IMAGES, targets, batch_size=4)
    assert labels.shape == (4, 1)


def test_names_in_place_of_classes():
    with pytest.raises(ValueError, match="`labels` must have one integer"):
        from_arrays(IMAGES, ["a", "b", "c", "d"], batch_size=1)

import numpy as np
import pytest

from keras_contrastive.data import (
    shape_boxes,
    shape_factors,
    shape_masks,
    shapes,
)

COUNT = 40


def test_a_mask_tells_the_shape_from_its_background():
    masks = shape_masks(COUNT)
    images = np.asarray(next(iter(shapes(COUNT, COUNT, shuffle=False))))
    factors = shape_factors(COUNT)
    assert masks.shape == (COUNT, 32, 32) and masks.dtype == "int32"
    for image, mask, number, behind in zip(
        images,
        masks,
        factors["shape"],
        factors["background_value"],
        strict=True,
    ):
        assert set(np.unique(mask)) == {0, number + 1}
        bright = image.max(axis=-1)
        gap = bright[mask > 0].mean() - bright[mask == 0].mean()
        assert gap * (1 if behind < 0.55 else -1) > 60
    # All shapes have the area 1.8, in units of their size.
    area = 1.8 * (factors["size"] * 32) ** 2 * factors["aspect"]
    counted = (masks > 0).sum(axis=(1, 2))
    np.testing.assert_allclose(counted, area, rtol=0.25)


def test_boxes_hold_the_shape_and_no_more():
    masks = np.zeros((2, 5, 6), "int32")
    masks[0, 1:3, 2:6] = 7
    masks[1, 0, 0] = 1
    assert shape_boxes(masks).tolist() == [[2, 1, 6, 3], [0, 0, 1, 1]]


def test_a_larger_set_begins_with_the_smaller():
    few = shape_masks(5, split="test", seed=3, image_size=16)
    many = shape_masks(9, split="test", seed=3, image_size=16)
    np.testing.assert_array_equal(many[:5], few)


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="`split`"):
        shape_masks(2, split="validation")
    with pytest.raises(ValueError, match="`image_size`"):
        shape_masks(2, image_size=4)
    for masks in (np.zeros((2, 4, 4)), np.ones((4, 4))):
        with pytest.raises(ValueError, match="`masks` must be"):
            shape_boxes(masks)

import numpy as np
import pytest

import keras_contrastive as kc
from keras_contrastive.export import crop_masks, paste_masks

MASKS = kc.data.shape_masks(20, image_size=64)
BOXES = kc.data.shape_boxes(MASKS)[:, None]


def slow_paste(logits, box, height, width):
    left, top, right, bottom = box
    rows, columns = logits.shape
    shares = 1 / (1 + np.exp(-logits.astype("float64")))
    out = np.zeros((height, width), bool)
    for i, j in np.ndindex(height, width):
        y, x = i + 0.5, j + 0.5
        if not (top <= y < bottom and left <= x < right):
            continue
        v = (y - top) / (bottom - top) * rows - 0.5
        u = (x - left) / (right - left) * columns - 0.5
        v, u = min(max(v, 0), rows - 1), min(max(u, 0), columns - 1)
        value = 0.0
        for k, m in np.ndindex(rows, columns):
            value += (
                max(1 - abs(v - k), 0) * max(1 - abs(u - m), 0) * shares[k, m]
            )
        out[i, j] = value >= 0.5
    return out


def test_pasting_equals_a_loop_over_pixels():
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(1, 3, 5, 4))
    boxes = [[1.5, 2, 7.2, 8.5], [-2, -1, 4, 5.5], [6, 3, 14, 20]]
    boxes = np.array([boxes])
    found = paste_masks(logits, boxes, (9, 10))
    for box in range(3):
        expected = slow_paste(logits[0, box], boxes[0, box], 9, 10)
        np.testing.assert_array_equal(found[0, box], expected)
        assert 0 < expected.sum() < expected.size


def test_a_mask_that_is_cut_out_and_put_back_is_itself():
    masks = MASKS[:, None] > 0
    targets = crop_masks(masks, BOXES)
    assert targets.shape == (20, 1, 28, 28) and targets.dtype == "float32"
    assert set(np.unique(targets)) == {0, 1}
    found = paste_masks(20 * targets - 10, BOXES, (64, 64))
    both = (found & masks).sum(axis=(2, 3))
    either = (found | masks).sum(axis=(2, 3))
    assert (both / either).mean() > 0.9


def test_half_covered_counts():
    masks = np.zeros((1, 2, 8, 28))
    masks[0, 0, :, 14:] = 1  # as long as there are bins: no bin is cut
    masks[0, 1] = 1
    boxes = np.array([[[0, 0, 28, 8], [3, 1, 9, 5]]], "float32")
    found = crop_masks(masks, boxes)
    np.testing.assert_array_equal(found[0, 0, 5], np.arange(28) >= 14)
    assert (found[0, 1] == 1).all()


def test_a_logit_of_zero_is_in_and_an_empty_box_has_none():
    logits = np.zeros((1, 2, 28, 28))
    boxes = np.array([[[1, 2, 6, 5], [3, 3, 3, 3]]])
    found = paste_masks(logits, boxes, (8, 8))
    assert found[0, 0].sum() == found[0, 0, 2:5, 1:6].sum() == 15
    assert not found[0, 1].any()


def test_bad_arguments_are_named():
    masks = np.zeros((2, 3, 8, 8))
    boxes = np.zeros((2, 3, 4))
    with pytest.raises(ValueError, match="`boxes` must be"):
        crop_masks(masks, boxes[:1])
    with pytest.raises(ValueError, match="`masks` must be a tensor"):
        crop_masks(masks[0], boxes)
    with pytest.raises(ValueError, match="`masks` must be 0 and 1"):
        crop_masks(masks + 2, boxes)
    with pytest.raises(ValueError, match="`boxes` must be"):
        paste_masks(masks, boxes[:, :2], (8, 8))
    with pytest.raises(ValueError, match="`image_size`"):
        paste_masks(masks, boxes, (8, 0))

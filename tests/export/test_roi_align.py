import keras
import numpy as np
import pytest

from keras_contrastive.export._roi_align import roi_align

RNG = np.random.default_rng(0)


def slow_roi_align(features, boxes, side):
    """He et al. 2017, section 3: four points a bin, bilinear, averaged."""
    height, width, channels = features.shape[1:]
    out = np.zeros((*boxes.shape[:2], side, side, channels))
    for image, box in np.ndindex(*boxes.shape[:2]):
        left, top, right, bottom = boxes[image, box].astype("float64")
        for row, column in np.ndindex(side, side):
            for sub_row, sub_column in np.ndindex(2, 2):
                y = row + (2 * sub_row + 1) / 4
                x = column + (2 * sub_column + 1) / 4
                y = top + (bottom - top) * y / side
                x = left + (right - left) * x / side
                out[image, box, row, column] += (
                    slow_bilinear(features[image], y, x) / 4
                )
    return out


def slow_bilinear(plane, y, x):
    """Pixel `[i, j]` has its center at `(i + 0.5, j + 0.5)`."""
    height, width = plane.shape[:2]
    y = min(max(y - 0.5, 0), height - 1)
    x = min(max(x - 0.5, 0), width - 1)
    above, before = int(np.floor(y)), int(np.floor(x))
    below, after = min(above + 1, height - 1), min(before + 1, width - 1)
    down, over = y - above, x - before
    return (
        (1 - down) * (1 - over) * plane[above, before]
        + (1 - down) * over * plane[above, after]
        + down * (1 - over) * plane[below, before]
        + down * over * plane[below, after]
    )


def fast(features, boxes, side):
    return keras.ops.convert_to_numpy(
        roi_align(
            keras.ops.convert_to_tensor(features.astype("float32")),
            keras.ops.convert_to_tensor(boxes.astype("float32")),
            side,
        )
    )


@pytest.mark.parametrize("height, width, side", [(7, 5, 3), (4, 6, 4)])
def test_equals_a_loop_over_points(height, width, side):
    features = RNG.normal(size=(2, height, width, 3))
    low = RNG.uniform(0, 0.6, (2, 5, 2)) * (width, height)
    high = low + RNG.uniform(0.05, 0.4, (2, 5, 2)) * (width, height)
    boxes = np.concatenate([low, high], axis=-1)
    boxes[0, 0] = 0, 0, width, height
    boxes[0, 1] = -1, -2, width + 1, 2  # beyond the edge
    boxes[0, 2] = 2, 2, 2, 2
    np.testing.assert_allclose(
        fast(features, boxes, side),
        slow_roi_align(features, boxes, side),
        atol=1e-5,
    )


def test_a_plane_is_read_where_it_is():
    # Bilinear interpolation of a slope is the slope: bins see their centers.
    y, x = np.mgrid[0.5:8, 0.5:8]
    slope = np.stack([y, x], axis=-1)[None]
    boxes = np.array([[[1.3, 2.1, 5.3, 6.1]]])
    found = fast(slope, boxes, 2)[0, 0]
    np.testing.assert_allclose(found[:, 0, 0], [3.1, 5.1], atol=1e-5)
    np.testing.assert_allclose(found[0, :, 1], [2.3, 4.3], atol=1e-5)

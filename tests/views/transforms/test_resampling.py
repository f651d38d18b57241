"""The matrices themselves; what they do to images is tested with the views."""

import numpy as np
import pytest
from keras import ops

from keras_contrastive.views.transforms._blur import blur_matrix
from keras_contrastive.views.transforms._resampling import (
    KERNELS,
    crop_matrix,
    cubic,
    resample,
)
from tests.ops.gradient import gradient

STARTS, LENGTHS = (0.0, 3.0, 7.0, 2.0), (8.0, 4.0, 1.0, 5.0)


def crops(size_out, kernel="bilinear", antialias=True, **kwargs):
    found = crop_matrix(
        ops.convert_to_tensor(STARTS, "float32"),
        ops.convert_to_tensor(LENGTHS, "float32"),
        8,
        size_out,
        KERNELS[kernel],
        antialias,
        **kwargs,
    )
    return ops.convert_to_numpy(found)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("antialias", [True, False])
@pytest.mark.parametrize("size_out", [1, 3, 8, 20])
def test_rows_of_crops_sum_to_1_inside_the_box(kernel, antialias, size_out):
    weights = crops(size_out, kernel, antialias)
    assert weights.shape == (4, size_out, 8)
    np.testing.assert_allclose(weights.sum(2), 1, atol=1e-6)
    for one, start, length in zip(weights, STARTS, LENGTHS, strict=True):
        outside = np.delete(one, np.arange(start, start + length, dtype=int), 1)
        assert (outside == 0).all()


def test_flip_reverses_the_rows():
    flip = ops.convert_to_tensor([1.0, 0.0, 1.0, 1.0])
    plain, flipped = crops(5), crops(5, flip=flip)
    np.testing.assert_allclose(flipped[1], plain[1], atol=1e-6)
    mirrored = plain[[0, 2, 3], ::-1]
    np.testing.assert_allclose(flipped[[0, 2, 3]], mirrored, atol=1e-6)


def test_cubic_is_the_kernel_of_keys():
    def keys(x, a=-0.5):
        if x < 1:
            return (a + 2) * x**3 - (a + 3) * x**2 + 1
        return a * (x**3 - 5 * x**2 + 8 * x - 4) if x < 2 else 0.0

    distances = np.linspace(0, 3, 61)
    found = ops.convert_to_numpy(cubic(ops.convert_to_tensor(distances)))
    expected = [keys(x) for x in distances]
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_crops_move_smoothly_with_the_box():
    """Half a pixel is half the way: boxes may be learned."""
    start, length = (ops.convert_to_tensor([x]) for x in (1.5, 4.0))
    found = crop_matrix(start, length, 8, 4, KERNELS["bilinear"], True)
    found = ops.convert_to_numpy(found)[0, 1]
    np.testing.assert_allclose(found[:4], [0, 0, 0.5, 0.5], atol=1e-6)

    def middle(length):
        rows = crop_matrix(start, length, 8, 4, KERNELS["bilinear"], True)
        return ops.sum(rows[0, 1] * ops.arange(8, dtype="float32"))

    slope = gradient(middle, np.array([4.0], "float32"))
    np.testing.assert_allclose(slope, [1.5 / 4], rtol=1e-4)


def test_rows_of_blurs_sum_to_1():
    sigma = ops.convert_to_tensor([0.0, 0.3, 5.0])
    weights = ops.convert_to_numpy(blur_matrix(sigma, 6, 3))
    np.testing.assert_allclose(weights.sum(2), 1, atol=1e-6)
    np.testing.assert_array_equal(weights[0], np.eye(6))
    assert (
        weights[2][np.abs(np.subtract.outer(range(6), range(6))) > 3] == 0
    ).all()


def test_resample_takes_rows_then_columns():
    rng = np.random.default_rng(0)
    planes = rng.random((2, 3, 4, 5), "float32")
    rows, columns = (
        rng.random((2, 6, 4), "float32"),
        rng.random((2, 7, 5), "float32"),
    )
    found = resample(*map(ops.convert_to_tensor, (planes, rows, columns)))
    expected = np.einsum("bchw,bih,bjw->bcij", planes, rows, columns)
    np.testing.assert_allclose(ops.convert_to_numpy(found), expected, rtol=1e-5)

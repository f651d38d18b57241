import keras
import numpy as np
import pytest
from keras import ops

from keras_contrastive.ops import l2_normalize
from tests.ops.gradient import gradient


def normalized(x, **kwargs):
    return ops.convert_to_numpy(l2_normalize(x, **kwargs))


def test_rows_get_unit_length():
    x = np.random.default_rng(0).normal(size=(5, 3)).astype("float32") * 40
    expected = [row / np.sqrt(sum(v * v for v in row)) for row in x]
    np.testing.assert_allclose(normalized(x), expected, rtol=1e-6)


def test_other_axis():
    x = np.array([[3.0, 0.0], [4.0, 2.0]], "float32")
    np.testing.assert_allclose(
        normalized(x, axis=0), [[0.6, 0], [0.8, 1]], rtol=1e-6
    )


def test_zero_vector_has_finite_value_and_gradient():
    x = np.array([[0.0, 0.0], [3.0, 4.0]], "float32")
    np.testing.assert_allclose(normalized(x)[0], 0)
    found = gradient(lambda x: ops.sum(l2_normalize(x)[:, 0]), x)
    assert np.isfinite(found).all()
    # d(x1 / |x|) = (x2^2, -x1 x2) / |x|^3
    np.testing.assert_allclose(found[1], [16 / 125, -12 / 125], rtol=1e-5)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_is_computed_in_float32(dtype):
    # The squared length overflows float16; 1e-4 squared underflows it.
    x = ops.cast([[300.0, 400.0], [1e-4, 0.0]], dtype)
    found = l2_normalize(x)
    assert keras.backend.standardize_dtype(found.dtype) == "float32"
    np.testing.assert_allclose(
        ops.convert_to_numpy(found), [[0.6, 0.8], [1, 0]], rtol=1e-2
    )


# JAX knows no float64 unless told before it starts.
@pytest.mark.backends("tensorflow", "torch")
def test_float64_is_kept():
    x = ops.convert_to_tensor(np.array([[1.0, 1.0]]), "float64")
    found = normalized(x)
    assert found.dtype == "float64"
    np.testing.assert_allclose(found, np.sqrt(0.5), rtol=1e-15)

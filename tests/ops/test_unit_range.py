import keras
import numpy as np
import pytest
from keras import ops

from keras_contrastive.ops import unit_range


@pytest.mark.parametrize("dtype", ["uint8", "int32"])
def test_integers_are_divided_by_255(dtype):
    found = unit_range(np.array([0, 51, 255], dtype))
    np.testing.assert_allclose(
        ops.convert_to_numpy(found), [0, 0.2, 1], rtol=1e-7
    )


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
def test_floats_keep_their_values(dtype):
    images = ops.cast([[0.0, 0.25, 1.0]], dtype)
    found = unit_range(images)
    assert keras.backend.standardize_dtype(found.dtype) == "float32"
    np.testing.assert_array_equal(ops.convert_to_numpy(found), [[0, 0.25, 1]])


@pytest.mark.parametrize("images", [np.array([255], "uint8"), np.ones(1)])
def test_type_of_the_result(images):
    found = unit_range(images, dtype="float16")
    assert keras.backend.standardize_dtype(found.dtype) == "float16"
    np.testing.assert_array_equal(ops.convert_to_numpy(found), 1)

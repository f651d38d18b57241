import numpy as np
import pytest
from keras import ops

from keras_contrastive.ops._mean import mean


@pytest.mark.parametrize("axis", [0, 1, (0, 2), (0, 1, 2)])
@pytest.mark.parametrize("keepdims", [False, True])
def test_mean_equals_numpy(axis, keepdims):
    x = np.random.default_rng(0).normal(size=(3, 4, 5)).astype("float32")
    found = ops.convert_to_numpy(
        mean(ops.convert_to_tensor(x), axis=axis, keepdims=keepdims)
    )
    expected = x.mean(axis=axis, keepdims=keepdims)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)

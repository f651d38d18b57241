import math

import numpy as np
import pytest
from keras import ops

from keras_contrastive.ops._beta import beta, beta_quantiles
from keras_contrastive.ops._random_bits import uniform_rows


@pytest.mark.parametrize("alpha", [0.2, 1.0, 1.6, 2.0, 8.0])
def test_moments(alpha):
    rows = np.arange(200_000, dtype="int32")
    drawn = ops.convert_to_numpy(
        beta(uniform_rows(1, 2, rows, 1), beta_quantiles(alpha))
    )
    variance = 1 / (4 * (2 * alpha + 1))
    assert drawn.mean() == pytest.approx(0.5, abs=5e-3)
    assert drawn.var() == pytest.approx(variance, rel=0.02)
    assert 0 <= drawn.min() and drawn.max() <= 1


def test_quantiles_of_known_distributions():
    # Uniform, and x^2 (3 - 2 x), whose inverse has a closed form.
    shares = np.linspace(0, 1, 4097)
    np.testing.assert_allclose(beta_quantiles(1.0), shares, atol=1e-6)
    closed = [0.5 - math.sin(math.asin(1 - 2 * u) / 3) for u in shares]
    np.testing.assert_allclose(beta_quantiles(2.0), closed, atol=1e-5)

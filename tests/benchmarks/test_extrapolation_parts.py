"""What extrapolation does is taken apart into scores and gradients."""

import numpy as np
import pytest
from keras import ops

from keras_contrastive.layers import PositiveExtrapolation
from keras_contrastive.ops import l2_normalize
from tests.ops.gradient import gradient

LAM = 1.4


@pytest.mark.parametrize("scores", [True, False])
def test_a_part_has_the_one_of_extrapolation_and_the_other_of_before(
    benchmark, scores
):
    rng = np.random.default_rng(0)
    x, keys, negatives = rng.normal(size=(3, 4, 6)).astype("float32")
    keys, negatives = map(l2_normalize, (keys, negatives))
    part = benchmark("claim_rows").Part(scores)
    extrapolated = PositiveExtrapolation.extrapolate

    def positives(move):
        return lambda x: ops.sum(ops.prod(move(x), 0), -1)

    def pushed(move):
        return lambda x: ops.sum(move(x)[0] * negatives, -1)

    def before(x):
        return ops.stack([l2_normalize(x), keys])

    def after(x):
        return ops.stack(extrapolated(*before(x), LAM))

    def parted(x):
        return ops.stack(part.extrapolate(*before(x), LAM))

    value, slope = (after, before) if scores else (before, after)
    close = {"rtol": 1e-5, "atol": 1e-6}
    np.testing.assert_allclose(
        positives(parted)(x), positives(value)(x), **close
    )
    np.testing.assert_allclose(pushed(parted)(x), pushed(before)(x), **close)
    for each in (positives, pushed):
        np.testing.assert_allclose(
            gradient(lambda x, each=each: ops.sum(each(parted)(x)), x),
            gradient(lambda x, each=each: ops.sum(each(slope)(x)), x),
            **close,
        )

import numpy as np
import pytest
from keras import ops

from keras_contrastive.layers import BatchNorm, SplitBatchNorm

IMAGES = np.random.default_rng(0).normal(size=(6, 2, 2, 3)).astype("float32")


def test_parts_are_normalised_apart():
    layer = SplitBatchNorm(splits=3)
    found = ops.convert_to_numpy(layer(IMAGES, training=True))
    for start in range(0, 6, 2):
        part = IMAGES[start : start + 2]
        mean, variance = part.mean(axis=(0, 1, 2)), part.var(axis=(0, 1, 2))
        expected = (part - mean) / np.sqrt(variance + 1e-5)
        np.testing.assert_allclose(
            found[start : start + 2], expected, atol=1e-5
        )


def test_moving_statistics_are_the_mean_over_the_parts():
    layer = SplitBatchNorm(splits=3, momentum=0.75)
    layer(IMAGES, training=True)
    parts = IMAGES.reshape(3, -1, 3)
    mean, variance = parts.mean(axis=1), parts.var(axis=1)
    np.testing.assert_allclose(
        ops.convert_to_numpy(layer.moving_mean),
        0.25 * mean.mean(axis=0),
        atol=1e-6,
    )
    np.testing.assert_allclose(
        ops.convert_to_numpy(layer.moving_variance),
        0.75 + 0.25 * variance.mean(axis=0),
        atol=1e-6,
    )


@pytest.mark.parametrize("arguments", [{}, {"scale": False, "center": False}])
def test_one_part_is_batch_norm(arguments):
    one, usual = SplitBatchNorm(splits=1, **arguments), BatchNorm(**arguments)
    for training in (True, False):
        np.testing.assert_allclose(
            ops.convert_to_numpy(one(IMAGES, training=training)),
            ops.convert_to_numpy(usual(IMAGES, training=training)),
            atol=1e-5,
        )


def test_vectors_too():
    layer = SplitBatchNorm(splits=2)
    found = ops.convert_to_numpy(layer(IMAGES[:, 0, 0], training=True))
    np.testing.assert_allclose(found[:3].mean(axis=0), 0, atol=1e-6)


def test_a_batch_that_does_not_split():
    with pytest.raises(ValueError, match="`splits` must divide.*batch of 6"):
        SplitBatchNorm(splits=4)(IMAGES, training=True)


def test_config():
    layer = SplitBatchNorm.from_config(SplitBatchNorm(splits=4).get_config())
    assert layer.splits == 4

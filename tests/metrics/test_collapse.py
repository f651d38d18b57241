"""What tells of a collapse, against slow loops and cases known by heart."""

import itertools

import numpy as np
import pytest

from keras_contrastive import metrics
from tests import slow_losses

rng = np.random.default_rng(0)
Z1, Z2 = rng.normal(size=(2, 12, 5))
CROSS = np.array([[2.0, 0], [0, 3], [-1, 0], [0, -1]])
ONE_POINT = np.tile(rng.normal(size=5), (6, 1))


def test_alignment_equals_a_loop():
    u1, u2 = slow_losses.unit(Z1), slow_losses.unit(Z2)
    slow = np.mean([sum((a - b) ** 2) for a, b in zip(u1, u2, strict=True)])
    assert metrics.alignment(Z1, Z2) == pytest.approx(slow, rel=1e-12)


def test_alignment_by_hand():
    assert metrics.alignment(CROSS, 7 * CROSS) == pytest.approx(0)
    assert metrics.alignment(CROSS, -CROSS) == pytest.approx(4)
    assert metrics.alignment(CROSS, np.roll(CROSS, 1, 0)) == pytest.approx(2)


@pytest.mark.parametrize("t", [0.5, 2.0])
def test_uniformity_equals_a_loop_over_distinct_pairs(t):
    u = slow_losses.unit(Z1)
    pairs = itertools.combinations(u, 2)
    slow = np.mean([np.exp(-t * sum((a - b) ** 2)) for a, b in pairs])
    found = metrics.uniformity(Z1, t=t)
    assert found == pytest.approx(np.log(slow), rel=1e-12)


def test_uniformity_by_hand():
    # Of the 6 pairs of the cross 2 are opposite, and 4 at right angles.
    expected = np.log((2 * np.exp(-8) + 4 * np.exp(-4)) / 6)
    assert metrics.uniformity(CROSS) == pytest.approx(expected)
    assert metrics.uniformity(ONE_POINT) == pytest.approx(0)
    # Where exp gives 0 for each pair.
    expected = -2e4 + np.log(4 / 6)
    assert metrics.uniformity(CROSS, t=1e4) == pytest.approx(expected)


def test_spread_equals_a_loop():
    u = slow_losses.unit(Z1)
    stds = []
    for k in range(5):
        mean = sum(u[i, k] for i in range(12)) / 12
        variance = sum((u[i, k] - mean) ** 2 for i in range(12)) / 12
        stds.append(variance**0.5)
    slow = np.mean(stds) * 5**0.5
    assert metrics.feature_spread(Z1) == pytest.approx(slow, rel=1e-12)


def test_spread_of_the_whole_sphere_of_a_point_and_of_two():
    everywhere = rng.normal(size=(4000, 64))
    assert metrics.feature_spread(everywhere) == pytest.approx(1, abs=0.02)
    assert metrics.feature_spread(ONE_POINT) == pytest.approx(0, abs=1e-9)
    corner = np.ones(4)
    two = [corner, -corner]
    assert metrics.feature_spread(two) == pytest.approx(1)
    assert metrics.effective_rank(two) == pytest.approx(1)


def with_singular_values(values, rows=12):
    left, _ = np.linalg.qr(rng.normal(size=(rows, len(values))))
    right, _ = np.linalg.qr(rng.normal(size=(len(values), len(values))))
    return left * values @ right


@pytest.mark.parametrize("values", [(3, 3, 3, 3), (5, 2, 0.1), (4, 1, 0, 0)])
def test_effective_rank_is_of_the_singular_values(values):
    entropy = 0.0
    for value in values:
        if value:
            entropy -= value / sum(values) * np.log(value / sum(values))
    found = metrics.effective_rank(with_singular_values(values))
    assert found == pytest.approx(np.exp(entropy), rel=1e-9)


def test_a_common_part_hides_the_rank_unless_centered():
    features = rng.normal(size=(200, 4)) + 1e3
    assert metrics.effective_rank(features) < 1.1
    assert metrics.effective_rank(features, centered=True) > 3.9


def test_rank_of_nothing():
    assert metrics.effective_rank(np.zeros((3, 4))) == 0
    assert metrics.effective_rank(ONE_POINT, centered=True) == 0


def test_dead_dimensions_are_those_below_the_threshold():
    # Root mean square near 1: deviations of 1, 0.5, 0.002, 0.0005 and 0.
    signs = np.array([[1.0], [-1.0]] * 8)
    features = 1 + signs * [1, 0.5, 0.002, 0.0005, 0]
    assert metrics.dead_dimensions(features) == pytest.approx(2 / 5)
    assert metrics.dead_dimensions(features, threshold=0.1) == pytest.approx(
        3 / 5
    )
    assert metrics.dead_dimensions(1e6 * features) == pytest.approx(2 / 5)
    assert metrics.dead_dimensions(ONE_POINT) == 1
    assert metrics.dead_dimensions(np.zeros((3, 4))) == 1


def test_lidar_equals_loops():
    embeddings = rng.normal(size=(9, 4, 5)) + rng.normal(size=(9, 1, 5))
    means = embeddings.mean(axis=1)
    between, within = np.zeros((2, 5, 5))
    for i in range(9):
        away = means[i] - means.mean(axis=0)
        between += np.outer(away, away) / 9
        for j in range(4):
            away = embeddings[i, j] - means[i]
            within += np.outer(away, away) / 36
    within += 1e-4 * np.eye(5)
    values = np.linalg.eigvals(np.linalg.solve(within, between)).real
    shares = values / values.sum()
    slow = np.exp(-np.sum(shares * np.log(shares)))
    assert metrics.lidar(embeddings) == pytest.approx(slow, rel=1e-9)


def test_lidar_counts_what_tells_images_apart_from_their_views():
    # Three dimensions of the image, the others of the view alone.
    image = np.zeros((400, 1, 8))
    image[..., :3] = rng.normal(size=(400, 1, 3))
    view = np.zeros((400, 10, 8))
    view[..., 3:] = 10 * rng.normal(size=(400, 10, 5))
    noise = 1e-2 * rng.normal(size=(400, 10, 8))
    embeddings = image + view + noise
    assert metrics.lidar(embeddings) == pytest.approx(3, abs=0.1)
    first_views = metrics.effective_rank(embeddings[:, 0])
    # Singular values as 10 to 1, five and three of them: their shares have an
    # entropy of 1.8 nats.
    assert first_views == pytest.approx(np.exp(1.798), abs=0.15)


METRICS = {
    "`z1` and `z2` must have the same": lambda: metrics.alignment(Z1, Z2[:5]),
    "`z1` must have shape": lambda: metrics.alignment(Z1[0], Z2[0]),
    "`z` must have shape .samples, units.": lambda: metrics.uniformity(Z1[:1]),
    "`t` must be positive": lambda: metrics.uniformity(Z1, t=0),
    "`z` must have .* 2 samples": lambda: metrics.feature_spread(Z1[:1]),
    "`features` must have": lambda: metrics.effective_rank(Z1[None]),
    "`threshold` is relative": lambda: metrics.dead_dimensions(Z1, threshold=2),
    "`embeddings` must have shape .images, views": lambda: metrics.lidar(Z1),
    "at least 2 views": lambda: metrics.lidar(Z1[:, None]),
    "`delta` must be positive": lambda: metrics.lidar(Z1[None], delta=0),
}


@pytest.mark.parametrize("message", METRICS)
def test_bad_arguments_are_named(message):
    with pytest.raises(ValueError, match=message):
        METRICS[message]()

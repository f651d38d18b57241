"""Scores of boxes and masks, by hand and by a loop over what was found."""

import numpy as np
import pytest


@pytest.fixture
def scores(benchmark):
    return benchmark("instance_scores")


def slow_average_precision(confidences, classes, overlaps, truth):
    found = []
    for label in sorted(set(truth)):
        boxes = [
            (-confidences[place], place)
            for place in np.ndindex(*classes.shape)
            if classes[place] == label
        ]
        right, done, curve = 0, set(), []
        for count, (_, (image, box)) in enumerate(sorted(boxes), 1):
            is_right = truth[image] == label and overlaps[image, box] >= 0.5
            if is_right and image not in done:
                done.add(image)
                right += 1
            curve.append((right, right / count))
        points = []
        for percent in range(101):
            # right / objects >= percent / 100, without rounding
            enough = [
                precision
                for right, precision in curve
                if 100 * right >= percent * list(truth).count(label)
            ]
            points.append(max(enough, default=0))
        found.append(sum(points) / 101)
    return sum(found) / len(found)


CASES = {
    "all right": ([[0.9], [0.1]], [[0], [1]], [[0.5], [1]], [0, 1], 1),
    "one of two": ([[0.9], [-1]], [[0], [-1]], [[0.7], [0]], [0, 0], 51 / 101),
    "second": ([[0.9, 0.8]], [[0, 0]], [[0.2, 0.7]], [0], 1 / 2),
    "the unsure one wrong": ([[0.9, 0.8]], [[0, 0]], [[0.7, 0.2]], [0], 1),
    "twice": (
        [[0.9, 0.8], [0.7, -1]],
        [[0, 0], [0, -1]],
        [[0.9, 0.9], [0.9, 0]],
        [0, 0],
        (51 + 50 * 2 / 3) / 101,
    ),
    "another class": ([[0.9], [0.8]], [[0], [0]], [[1], [1]], [1, 0], 1 / 4),
    "none": ([[-1]], [[-1]], [[0]], [3], 0),
}


@pytest.mark.parametrize("case", CASES)
def test_average_precision_by_hand(scores, case):
    *arrays, expected = CASES[case]
    arrays = [np.array(values) for values in arrays]
    assert scores.average_precision(*arrays) == pytest.approx(expected)
    assert slow_average_precision(*arrays) == pytest.approx(expected)


def test_average_precision_equals_a_loop(scores):
    rng = np.random.default_rng(0)
    for _ in range(20):
        truth = rng.integers(0, 3, 30)
        classes = np.where(
            rng.random((30, 4)) < 0.5,
            truth[:, None],
            rng.integers(-1, 3, (30, 4)),
        )
        arrays = rng.random((30, 4)), classes, rng.random((30, 4)), truth
        found = scores.average_precision(*arrays)
        assert found == pytest.approx(slow_average_precision(*arrays))
        assert 0 < found < 1


def test_overlaps_by_hand(scores):
    boxes = np.array([[0, 0, 4, 4], [0, 0, 4, 4], [0, 0, 1, 1], [3, 3, 3, 3]])
    others = np.array([[2, 0, 6, 4], [0, 0, 4, 4], [2, 2, 3, 3], [0, 0, 6, 6]])
    np.testing.assert_allclose(scores.box_iou(boxes, others), [1 / 3, 1, 0, 0])
    masks = np.zeros((2, 3, 2, 4), bool)
    masks[0, 0, 0] = masks[0, 1, :, :2] = True
    other = np.zeros((2, 1, 2, 4), bool)
    other[0, 0, 0] = True
    np.testing.assert_allclose(
        scores.mask_iou(masks, other), [[1, 1 / 3, 0], [0, 0, 0]]
    )

import dataclasses

import numpy as np

from keras_contrastive.evaluation import ViewSweep
from keras_contrastive.visualization import plot_reverse_u

ACCURACY = np.array([[0.5, 0.52], [0.7, 0.73], [0.6, 0.61]])
SWEEP = ViewSweep(
    "area",
    [0.9, 0.4, 0.1],
    np.array([[5.0, 5.2], [3.0, 3.1], [0.1, 0.3]]),
    ACCURACY,
    np.array([0.3, 0.34]),
    {"cap": 5.545},
)


def test_accuracy_over_information_and_over_values():
    figure = plot_reverse_u(SWEEP, title="crops")
    assert figure.get_suptitle() == "crops"
    left, right = figure.axes
    points = left.containers[0].lines[0].get_xydata()
    np.testing.assert_allclose(points[:, 0], [5.1, 3.05, 0.2])
    np.testing.assert_allclose(points[:, 1], ACCURACY.mean(axis=1))
    np.testing.assert_allclose(
        right.containers[0].lines[0].get_xydata()[:, 1], ACCURACY.mean(axis=1)
    )
    *values, bound = (text.get_text() for text in left.texts)
    assert (values, bound) == (["0.9", "0.4", "0.1"], "largest bound")
    assert [text.get_text() for text in right.texts] == ["untrained"]
    assert [t.get_text() for t in right.get_xticklabels()] == [
        "0.9",
        "0.4",
        "0.1",
    ]
    assert right.get_xlabel() == "area"
    (cap,) = (line for line in left.lines if line.get_linestyle() == "--")
    np.testing.assert_allclose(cap.get_xdata(), 5.545)
    for axes in (left, right):
        (chance,) = (line for line in axes.lines if line.get_linestyle() == ":")
        np.testing.assert_allclose(chance.get_ydata(), 0.32)


def test_whiskers_are_standard_deviations():
    left = plot_reverse_u(SWEEP).axes[0]
    bars = left.containers[0].lines[2]
    (across, _, _), (up, _, _) = (bar.get_segments() for bar in bars)
    deviation = np.std([5.0, 5.2], ddof=1)
    np.testing.assert_allclose(across[:, 0], [5.1 - deviation, 5.1 + deviation])
    deviation = np.std([0.5, 0.52], ddof=1)
    np.testing.assert_allclose(up[:, 1], [0.51 - deviation, 0.51 + deviation])


def test_one_seed_has_no_whiskers():
    one = ViewSweep(
        "area",
        [0.9, 0.4, 0.1],
        SWEEP.mutual_information[:, :1],
        ACCURACY[:, :1],
        SWEEP.untrained[:1],
        SWEEP.settings,
    )
    for axes in plot_reverse_u(one).axes:
        assert axes.containers[0].lines[2] == ()


def test_a_sweep_that_knows_no_bound():
    left = plot_reverse_u(dataclasses.replace(SWEEP, settings={})).axes[0]
    assert "largest bound" not in [text.get_text() for text in left.texts]

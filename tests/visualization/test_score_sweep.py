import numpy as np
import pytest

from keras_contrastive.visualization import plot_score_sweep
from tests.fake_scores import fake_records

NAMES = ["negative_mean", "positive_mean"]
RUNS = {0.99: fake_records(), 0.5: fake_records(30), 0.9: fake_records()}


def test_one_curve_per_value_at_its_place():
    figure = plot_score_sweep(RUNS, names=NAMES, label="rate", title="MoCo")
    assert figure.get_suptitle() == "MoCo"
    for axes, name in zip(figure.axes, NAMES, strict=True):
        assert axes.get_title() == name.replace("_", " ")
        assert axes.get_xlabel() == "step" and axes.get_ylabel() == "rate"
        values = [text.get_text() for text in axes.get_yticklabels()]
        assert values == ["0.5", "0.9", "0.99"]
        for depth, value in enumerate([0.5, 0.9, 0.99]):
            steps, depths, curve = axes.lines[depth].get_data_3d()
            np.testing.assert_array_equal(steps, RUNS[value]["step"])
            np.testing.assert_array_equal(depths, depth)
            np.testing.assert_allclose(curve, RUNS[value][name], rtol=1e-6)


def test_the_largest_value_stands_in_front():
    for axes in plot_score_sweep(RUNS, names=NAMES).axes:
        assert axes.yaxis_inverted() and -90 < axes.azim < 0
        orders = [line.zorder for line in axes.lines]
        assert orders == sorted(orders) and len(set(orders)) == 3


def test_colors_differ_and_none_is_too_light():
    runs = dict(enumerate([fake_records()] * 12))
    (axes,) = plot_score_sweep(runs, names=["positive_mean"]).axes
    colors = np.array([line.get_color()[:3] for line in axes.lines])
    assert len(np.unique(colors, axis=0)) == 12
    assert (colors @ [0.2126, 0.7152, 0.0722]).max() < 0.8


def test_steps_are_skipped_and_smoothed():
    figure = plot_score_sweep(RUNS, names=["positive_mean"], skip=5, smooth=10)
    steps, _, curve = figure.axes[0].lines[0].get_data_3d()
    values = RUNS[0.5]["positive_mean"]
    means = [values[i : i + 10].mean() for i in range(5, 21)]
    np.testing.assert_allclose(curve, means, rtol=1e-5)
    np.testing.assert_allclose(steps, np.arange(5, 21) + 4.5)


def test_spikes_stay_inside_the_box():
    values = np.random.default_rng(0).uniform(size=1000).astype("float32")
    values[[7, 70]] = 50, -20
    runs = {1: fake_records(1000) | {"positive_mean": values}}
    (axes,) = plot_score_sweep(runs, names=["positive_mean"]).axes
    _, _, curve = axes.lines[0].get_data_3d()
    assert np.flatnonzero(np.isnan(curve)).tolist() == [7, 70]
    low, high = axes.get_zlim()
    assert low < np.nanmin(curve) and np.nanmax(curve) < high < 2


@pytest.mark.parametrize("title", [None, "MoCo"])
def test_numbers_and_labels_lie_within_the_figure(title):
    values = np.linspace(-0.03, 0.03, 40)
    runs = {0.9999: fake_records() | {"positive_mean": values}}
    figure = plot_score_sweep(runs, names=NAMES, title=title)
    box = figure.get_tightbbox()
    assert box.xmin > 0 and box.ymin > 0
    assert (box.max < figure.get_size_inches()).all()


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match=r"`runs`.*numbers.*\['slow'\]"):
        plot_score_sweep({"slow": fake_records(), 0.9: fake_records()})
    with pytest.raises(ValueError, match="`runs` must be a dictionary"):
        plot_score_sweep([fake_records()])
    with pytest.raises(ValueError, match=r"run 0.9 has.*\['loss'\]"):
        plot_score_sweep({0.9: fake_records()}, names=["loss"])

import types

import numpy as np
import pytest

from keras_contrastive.visualization import plot_score_curves
from tests.fake_scores import fake_records

NAMES = ["negative_mean", "positive_mean"]


def lines(axes):
    return {line.get_label(): line for line in axes.lines}


def ylim(values, name="positive_mean"):
    """Limits of a panel of curves with given values."""
    runs = {}
    for run, curve in enumerate(values):
        runs[run] = fake_records(len(curve)) | {name: np.asarray(curve)}
    return plot_score_curves(runs, names=[name]).axes[0].get_ylim()


def test_one_panel_per_name_and_one_line_per_run():
    runs = {"slow": fake_records(), "fast": fake_records(25)}
    figure = plot_score_curves(runs, names=NAMES, title="MoCo")
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == ["negative mean", "positive mean"]
    for axes, name in zip(figure.axes, NAMES, strict=True):
        assert axes.get_xlabel() == "step"
        assert axes.get_legend() is None
        for run, line in lines(axes).items():
            np.testing.assert_array_equal(line.get_xdata(), runs[run]["step"])
            np.testing.assert_array_equal(line.get_ydata(), runs[run][name])
    (legend,) = figure.legends
    assert [t.get_text() for t in legend.get_texts()] == ["slow", "fast"]
    assert figure.get_suptitle() == "MoCo"


def test_default_panels_are_those_of_the_paper():
    figure = plot_score_curves({"one": fake_records()})
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == ["negative variance", "negative mean", "positive mean"]
    assert not figure.legends and figure.get_suptitle() == ""


def test_reads_dictionaries_files_and_recorders(tmp_path):
    records = fake_records()
    np.savez_compressed(tmp_path / "scores.npz", **records)
    runs = {
        "dictionary": records,
        "path": tmp_path / "scores.npz",
        "string": str(tmp_path / "scores.npz"),
        "recorder": types.SimpleNamespace(records=records),
    }
    (axes,) = plot_score_curves(runs, names=["positive_mean"]).axes
    assert list(lines(axes)) == list(runs)
    for line in axes.lines:
        np.testing.assert_array_equal(
            line.get_ydata(), records["positive_mean"]
        )


def test_first_steps_are_skipped_and_the_others_smoothed():
    records = fake_records(20)
    figure = plot_score_curves(
        {"one": records}, names=["positive_mean"], skip=3, smooth=4
    )
    (line,) = figure.axes[0].lines
    values, steps = records["positive_mean"], records["step"]
    starts = range(3, 17)
    means = [values[i : i + 4].mean() for i in starts]
    np.testing.assert_allclose(line.get_ydata(), means, rtol=1e-5)
    middles = [steps[i : i + 4].mean() for i in starts]
    np.testing.assert_allclose(line.get_xdata(), middles)


def test_rare_spikes_leave_the_panel_and_nothing_else_does():
    rng = np.random.default_rng(0)
    noisy = rng.uniform(-1, 1, 1000)
    low, high = ylim([noisy])
    assert low < noisy.min() and noisy.max() < high < 1.2
    spiky = noisy.copy()
    spiky[[5, 500]] = 80, -30
    low, high = ylim([spiky])
    assert -1.8 < low < noisy.min() and noisy.max() < high < 1.8
    # A short curve counts as much as a long one.
    _, high = ylim([noisy, np.full(5, 4.0)])
    assert 4 < high < 5


def test_a_variance_has_no_negative_axis():
    assert ylim([np.linspace(0, 1, 50)], "negative_variance")[0] == 0
    assert ylim([np.linspace(0.9, 1, 50)], "negative_variance")[0] > 0.85


def test_limits_of_constants_and_of_what_is_not_finite():
    low, high = ylim([np.full(10, 0.5)])
    assert low < 0.5 < high
    low, high = ylim([np.zeros(10)])
    assert low == 0 < high
    values = np.linspace(-1, 1, 50)
    assert ylim([[np.inf, *values, np.nan]]) == ylim([values])
    assert ylim([np.full(5, np.nan)]) == (0, 1)


def test_epochs_are_marked_where_they_begin():
    runs = {"one": fake_records(40, 10), "other": fake_records(40, 15)}
    figure = plot_score_curves(runs, names=NAMES, epochs_marked=[1, 3])
    for axes in figure.axes:
        marks = [line for line in axes.lines if line.get_linestyle() == "--"]
        # The other run has no third epoch behind it.
        assert [mark.get_xdata()[0] for mark in marks] == [10, 15, 30]


def test_a_curve_that_jumps_about_is_behind_the_others():
    rough = fake_records()
    smooth = rough | {"positive_mean": np.linspace(0, 1, 40)}
    for runs in (
        {"rough": rough, "smooth": smooth},
        {"smooth": smooth, "rough": rough},
    ):
        (axes,) = plot_score_curves(runs, names=["positive_mean"]).axes
        drawn = lines(axes)
        assert drawn["rough"].zorder < drawn["smooth"].zorder


def test_no_two_runs_look_the_same():
    records = fake_records()
    figure = plot_score_curves(dict.fromkeys(range(25), records), names=NAMES)
    for axes in figure.axes:
        looks = {(x.get_color(), x.get_linestyle()) for x in axes.lines}
        assert len(looks) == 25


def test_accuracies_are_per_cent_and_steps_in_thousands():
    figure = plot_score_curves(
        {"one": fake_records(5000)}, names=["pretext_accuracy"]
    )
    figure.draw_without_rendering()
    (axes,) = figure.axes
    ticks = [text.get_text() for text in axes.get_yticklabels()]
    assert "20 %" in ticks
    assert "3k" in [text.get_text() for text in axes.get_xticklabels()]


@pytest.mark.parametrize(
    "count, shape", [(2, (1, 2)), (4, (2, 2)), (5, (2, 3))]
)
def test_many_panels_stand_in_rows(count, shape):
    names = ["negative_mean", "positive_mean", "negative_variance"]
    names += ["positive_variance", "pretext_accuracy"]
    axes = plot_score_curves({"one": fake_records()}, names=names[:count]).axes
    assert len(axes) == count
    assert axes[0].get_gridspec().get_geometry() == shape


def test_bad_runs_are_named():
    records = fake_records()
    recorder = types.SimpleNamespace(records=records)
    for runs in ({}, recorder):
        with pytest.raises(ValueError, match="`runs` must be a dictionary"):
            plot_score_curves(runs)
    with pytest.raises(ValueError, match=r"`runs\['a'\]` must.*list"):
        plot_score_curves({"a": [1.0]})
    empty = types.SimpleNamespace(records={})
    for wrong in (
        empty,
        {name: values[:0] for name, values in records.items()},
        {n: values for n, values in records.items() if n != "epoch"},
        records | {"positive_mean": np.zeros(39)},
        records | {"positive_mean": 0.5},
    ):
        with pytest.raises(ValueError, match=r"`runs\['a'\]`.*at least one st"):
            plot_score_curves({"a": wrong})


def test_bad_arguments_are_named():
    byol = fake_records(negatives=False)
    expected = (
        r"`names` must be a list of some of \['positive_mean', "
        r"'positive_variance'\], which run 'BYOL' has. Received: "
        r"\['negative_variance', 'negative_mean'\]"
    )
    with pytest.raises(ValueError, match=expected):
        plot_score_curves({"BYOL": byol})
    runs = {"one": fake_records()}
    for names in (["positive_histogram"], ["step"], [], "positive_mean"):
        with pytest.raises(ValueError, match="`names` must be a list of "):
            plot_score_curves(runs, names=names)
    with pytest.raises(ValueError, match="`skip` must be an integer of at le"):
        plot_score_curves(runs, skip=-1)
    with pytest.raises(ValueError, match="`smooth` must be an integer of at"):
        plot_score_curves(runs, smooth=0)
    with pytest.raises(ValueError, match="up to 40 of run 'one'.*smooth=11"):
        plot_score_curves(runs, skip=30, smooth=11)
    with pytest.raises(ValueError, match="`epochs_marked`.*Received: epoch 4"):
        plot_score_curves(runs, epochs_marked=[4])

import matplotlib.colors
import numpy as np
import pytest

from keras_contrastive.visualization import plot_score_ridge
from tests.fake_scores import fake_records

CENTERS = -1 + (2 * np.arange(64) + 1) / 64


def outlines(figure, kinds=1):
    """Lines of each row, without the baselines."""
    found = [x for x in figure.axes[0].lines if len(x.get_xdata()) > 2]
    return [found[i : i + kinds] for i in range(0, len(found), kinds)]


def slow_means(histogram, rows):
    """Mean of each part; the first parts have one step more, if any has."""
    length, longer = divmod(len(histogram), rows)
    means, start = [], 0
    for row in range(rows):
        stop = start + length + (row < longer)
        means.append(sum(histogram[start:stop]) / (stop - start))
        start = stop
    return np.array(means)


def test_heights_are_mean_shares_on_one_scale_a_kind():
    records = fake_records(50)
    figure = plot_score_ridge(records, rows=4, title="MoCo")
    rows = outlines(figure, kinds=2)
    assert len(rows) == 4
    for index, kind in enumerate(["negative", "positive"]):
        means = slow_means(records[f"{kind}_histogram"], 4)
        heights = [
            row[index].get_ydata()[1:-1] + i for i, row in enumerate(rows)
        ]
        np.testing.assert_allclose(
            np.array(heights) / np.max(heights), means / means.max(), atol=1e-5
        )
        np.testing.assert_allclose(rows[0][index].get_xdata()[1:-1], CENTERS)
    (axes,) = figure.axes
    assert axes.get_title(loc="left") == "MoCo"
    names = [text.get_text() for text in axes.get_legend().get_texts()]
    assert names == ["negatives", "positives"]
    assert axes.get_xlabel() == "score of negatives and positives"
    assert axes.get_xlim() == (-1, 1)


def test_rows_are_labeled_by_their_middle_step():
    records = fake_records(3000)
    records["step"] += 100
    (axes,) = plot_score_ridge(records, rows=3).axes
    labels = [text.get_text() for text in axes.get_yticklabels()]
    assert labels == ["600", "1,600", "2,600"]
    assert axes.get_yticks().tolist() == [0, -1, -2]


def test_one_kind_has_its_color_and_no_legend():
    colors = {}
    for kind in ("negative", "positive"):
        figure = plot_score_ridge(fake_records(), which=kind, rows=2)
        ((first,), _) = outlines(figure)
        assert figure.axes[0].get_xlabel() == f"score of {kind}s"
        assert figure.axes[0].get_legend() is None
        colors[kind] = first.get_color()
    assert colors["negative"] != colors["positive"]
    byol = plot_score_ridge(fake_records(negatives=False), rows=2)
    ((first,), _) = outlines(byol)
    assert first.get_color() == colors["positive"]


def test_a_lower_row_hides_what_is_behind():
    figure = plot_score_ridge(fake_records(), which="positive", rows=3)
    fills = figure.axes[0].collections
    white = matplotlib.colors.to_rgba("white")
    covers = [f for f in fills if tuple(f.get_facecolor()[0]) == white]
    orders = [cover.zorder for cover in covers]
    assert len(orders) == 3 and orders == sorted(set(orders))
    for order, (line,) in zip(orders, outlines(figure), strict=True):
        assert line.zorder == order


def test_a_collapse_is_a_spike_with_both_sides():
    records = fake_records()
    records["positive_histogram"] = np.eye(64)[[40] * 40]
    figure = plot_score_ridge(records, which="positive", rows=1)
    (((line),),) = outlines(figure)
    drawn = np.isfinite(line.get_ydata())
    np.testing.assert_allclose(line.get_xdata()[drawn], CENTERS[39:42])
    assert line.get_ydata()[drawn].argmax() == 1


def test_reads_a_file(tmp_path):
    np.savez_compressed(tmp_path / "scores.npz", **fake_records())
    assert len(outlines(plot_score_ridge(tmp_path / "scores.npz"), 2)) == 12


def test_bad_arguments_are_named():
    records = fake_records()
    with pytest.raises(ValueError, match="`which` must be.*which=\"?'all"):
        plot_score_ridge(records, which="all")
    with pytest.raises(ValueError, match="`rows` must be.*from 1 to 40.*41"):
        plot_score_ridge(records, rows=41)
    byol = fake_records(negatives=False)
    with pytest.raises(ValueError, match="`records` must have the histograms"):
        plot_score_ridge(byol, which="negative")
    with pytest.raises(ValueError, match="`records` must be a `ScoreRecorder`"):
        plot_score_ridge([records])

import pytest

from keras_contrastive.evaluation import Report
from keras_contrastive.visualization import plot_scores


def report(a, b=0.1):
    return Report("parameter probe", {"a": a, "b": b}, spreads={"a": 0.05})


def widths(figure):
    bars = [bar.get_width() for bar in figure.axes[0].patches]
    return [round(width, 6) for width in bars]


def test_one_bar_per_metric_and_encoder():
    figure = plot_scores({"one": report(0.5), "other": report(0.7, 0.2)})
    assert widths(figure) == [0.5, 0.1, 0.7, 0.2]
    names = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert names == ["a", "b"]


def test_seeds_are_averaged():
    figure = plot_scores({"one": [report(0.4), report(0.6)]}, metrics=["a"])
    assert widths(figure) == [0.5]


def test_bad_arguments():
    with pytest.raises(ValueError, match="`reports` must be a dictionary"):
        plot_scores([report(0.5)])
    with pytest.raises(ValueError, match="`reports` must be a dictionary"):
        plot_scores({"one": []})
    with pytest.raises(ValueError, match="`metrics` must be some of.*'c'"):
        plot_scores({"one": report(0.5)}, metrics=["c"])

import sys

import numpy as np
import pytest

from keras_contrastive.visualization import plot_embedding
from keras_contrastive.visualization._embedding import principal_components

rng = np.random.default_rng(0)
LABELS = np.arange(40) % 4
FEATURES = (rng.normal(size=(4, 6)) * 5)[LABELS] + rng.normal(size=(40, 6))


def points(figure):
    """Points of each class, in the order of the legend."""
    return [dots.get_offsets().data for dots in figure.axes[0].collections]


def test_pca_shows_the_directions_of_largest_variance():
    (drawn,) = points(plot_embedding(FEATURES))
    covariance = np.cov(FEATURES.T)
    variances, directions = np.linalg.eigh(covariance)
    centered = FEATURES - FEATURES.mean(axis=0)
    for column, largest in enumerate([-1, -2]):
        expected = centered @ directions[:, largest]
        sign = np.sign(expected @ drawn[:, column])
        np.testing.assert_allclose(drawn[:, column], sign * expected)
    figure = plot_embedding(FEATURES)
    share = 100 * variances[-1] / variances.sum()
    assert figure.axes[0].get_xlabel() == (
        f"component 1 ({share:.0f} % of variance)"
    )


@pytest.mark.parametrize("shape", [(300, 40), (40, 300), (50, 50), (3, 2)])
def test_components_are_those_of_a_singular_value_decomposition(shape):
    rng = np.random.default_rng(1)
    features = rng.normal(size=shape) * np.logspace(0, -6, shape[1]) + 100
    centered = features - features.mean(axis=0)
    u, s, directions = np.linalg.svd(centered, full_matrices=False)
    found, shares = principal_components(features)
    for component in range(2):
        largest = max(directions[component], key=abs)
        expected = np.sign(largest) * u[:, component] * s[component]
        np.testing.assert_allclose(
            found[:, component], expected, atol=1e-5 * s[component]
        )
    np.testing.assert_allclose(shares, s[:2] ** 2 / np.sum(s**2), rtol=1e-5)


def test_features_that_do_not_vary_are_one_point():
    for shape in ((5, 3), (3, 5)):
        found, shares = principal_components(np.ones(shape))
        assert not found.any() and not shares.any()


def test_each_class_has_its_color_and_name():
    names = {0: "cat", 1: "dog", 2: "ship", 3: "car"}
    figure = plot_embedding(FEATURES, LABELS, class_names=names)
    (everything,) = points(plot_embedding(FEATURES))
    for label, drawn in enumerate(points(figure)):
        np.testing.assert_allclose(drawn, everything[LABELS == label])
    legend = figure.axes[0].get_legend()
    assert [text.get_text() for text in legend.texts] == list(names.values())
    colors = {tuple(d.get_facecolor()[0]) for d in figure.axes[0].collections}
    assert len(colors) == 4
    as_list = plot_embedding(FEATURES, LABELS, class_names=list(names.values()))
    legend = as_list.axes[0].get_legend()
    assert [text.get_text() for text in legend.texts] == list(names.values())


def test_images_without_a_label_are_gray_and_no_class():
    labels = np.where(LABELS == 2, -1, LABELS)[:, None]
    names = ["cat", "dog", "ship", "car"]
    figure = plot_embedding(FEATURES, labels, class_names=names)
    (everything,) = points(plot_embedding(FEATURES))
    np.testing.assert_allclose(points(figure)[0], everything[LABELS == 2])
    legend = figure.axes[0].get_legend()
    assert [text.get_text() for text in legend.texts] == [
        "no label",
        "cat",
        "dog",
        "car",
    ]
    with pytest.raises(ValueError, match="`labels` must have.*-1 for NaN"):
        plot_embedding(FEATURES, np.full(40, np.nan))


def test_classes_beyond_the_colors_differ_in_their_markers():
    features, labels = np.repeat(FEATURES, 3, axis=0), np.arange(120) % 12
    dots = plot_embedding(features, labels).axes[0].collections
    looks = {
        (tuple(d.get_facecolor()[0]), len(d.get_paths()[0].vertices))
        for d in dots
    }
    assert len(looks) == 12


def test_tsne_keeps_neighbors_together():
    threads = pytest.importorskip("threadpoolctl")  # comes with scikit-learn
    with threads.threadpool_limits(1):  # on busy machines threads wait
        figure = plot_embedding(FEATURES, LABELS, method="tsne")
    groups = points(figure)
    centers = np.array([group.mean(axis=0) for group in groups])
    for label, group in enumerate(groups):
        distance = np.linalg.norm(group[:, None] - centers, axis=-1)
        assert np.mean(distance.argmin(axis=1) == label) > 0.9


def test_without_scikit_learn_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.manifold", None)
    with pytest.raises(ImportError, match=r"keras-contrastive\[eval\]"):
        plot_embedding(FEATURES, method="tsne")


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match=r"`features`.*\(6,\)"):
        plot_embedding(FEATURES[0])
    with pytest.raises(ValueError, match=r"`labels`.*\(39,\)"):
        plot_embedding(FEATURES, LABELS[1:])
    with pytest.raises(ValueError, match="`labels` may have up to 50 classes"):
        plot_embedding(np.repeat(FEATURES, 2, axis=0), np.arange(80))
    with pytest.raises(ValueError, match=r"`class_names`.*\[3\]"):
        plot_embedding(FEATURES, LABELS, class_names=["cat", "dog", "ship"])
    with pytest.raises(ValueError, match="`method`.*'umap'"):
        plot_embedding(FEATURES, method="umap")

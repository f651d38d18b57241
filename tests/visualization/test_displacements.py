import keras
import numpy as np
import pytest

import keras_contrastive as kc
from keras_contrastive.visualization import (
    plot_displacements,
    plot_predicted_neighbors,
)
from tests.conformance import tiny


@pytest.fixture(scope="module")
def model():
    model = unbuilt()
    model.build((None, *tiny.IMAGE_SHAPE))
    return model


def unbuilt():
    head = kc.layers.ProjectionHead
    module = kc.EquiMod(head(16), head(8), head(16, num_layers=1))
    return kc.SimCLR(
        tiny.encoder(), tiny.full_views(), tiny.head(), modules=[module]
    )


def images(count):
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (count, 12, 12, 3), "uint8")


def test_a_panel_an_image_with_both_paths(model):
    figure = plot_displacements(model, images(2), "color_jitter/hue", values=4)
    assert len(figure.axes) == 2
    for axes in figure.axes:
        lines = {line.get_label(): line for line in axes.lines}
        assert len(lines["embedded"].get_xdata()) == 4
        assert len(lines["predicted"].get_xdata()) == 4
    title = figure.get_suptitle()
    assert title.startswith("color_jitter/hue: -0.")


def test_equal_embeddings_share_their_place(model):
    """At rest a view is the untouched image, whose embedding is the star."""
    figure = plot_displacements(
        model, images(1), "color_jitter/hue", values=[0.0, 0.1]
    )
    axes = figure.axes[0]
    path = next(li for li in axes.lines if li.get_label() == "embedded")
    star = axes.collections[-1].get_offsets()[0]
    first = path.get_xydata()[0]
    np.testing.assert_allclose(first, star, atol=1e-3)


def test_one_row_per_value_with_its_neighbors(model):
    figure = plot_predicted_neighbors(
        model,
        images(1)[0],
        images(9),
        "color_jitter/brightness",
        values=3,
        count=4,
    )
    assert len(figure.axes) == 3 * 5


def test_bad_arguments(model):
    other = tiny.encoder()
    with pytest.raises(ValueError, match="`model` must be a .*Contrastive"):
        plot_displacements(other, images(2), "color_jitter/hue")
    with pytest.raises(ValueError, match="`parameter` must be one of"):
        plot_displacements(model, images(2), "hue/color_jitter")
    with pytest.raises(ValueError, match="`count`"):
        plot_predicted_neighbors(
            model, images(1)[0], images(3), "color_jitter/hue", count=4
        )


def test_module_that_was_never_built():
    with pytest.raises(ValueError, match="must be a trained"):
        plot_displacements(unbuilt(), images(2), "color_jitter/hue")
    keras.backend.clear_session()

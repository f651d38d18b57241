import keras
import numpy as np
import pytest

from keras_contrastive import views as v
from keras_contrastive.visualization import plot_views
from tests.views.samples import arrays

rng = np.random.default_rng(0)
IMAGES = rng.integers(0, 256, (5, 12, 12, 3), dtype="uint8")


def pictures(figure):
    """Array of the picture in each panel, row after row."""
    return [np.asarray(axes.images[0].get_array()) for axes in figure.axes]


def test_shows_images_and_below_them_their_views():
    views = [IMAGES[:, ::-1], IMAGES[:, :, ::-1] / 255.0]
    figure = plot_views(views, IMAGES, num_images=3, title="views")
    expected = [*IMAGES[:3], *IMAGES[:3, ::-1], *IMAGES[:3, :, ::-1]]
    for picture, image in zip(pictures(figure), expected, strict=True):
        np.testing.assert_allclose(picture, image / 255, atol=1e-6)
    rows = [axes.get_ylabel() for axes in figure.axes[::3]]
    assert rows == ["image", "view 1", "view 2"]


def test_gray_images_are_gray():
    gray = IMAGES[..., :1]
    figure = plot_views([gray], gray, num_images=8)
    for picture, image in zip(pictures(figure)[:5], gray, strict=True):
        np.testing.assert_allclose(picture, image[..., 0] / 255, atol=1e-6)
    shown = figure.axes[0].images[0]
    assert shown.get_cmap().name == "gray" and shown.get_clim() == (0, 1)


class Darker(keras.layers.Layer):
    """Makes each call a little darker than the one before, in training."""

    def build(self, input_shape):
        self.calls = self.add_weight(initializer="ones", trainable=False)

    def call(self, images, training=False):
        if training:
            self.calls.assign(self.calls + 1)
        return [images / self.calls]


def test_a_layer_draws_training_views_and_keeps_its_state():
    layer = Darker()
    for _ in range(2):
        figure = plot_views(layer, IMAGES.astype("float32") / 255)
        np.testing.assert_allclose(
            pictures(figure)[5], IMAGES[0] / 255 / 2, atol=1e-6
        )
        assert float(layer.calls) == 1


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="`num_images`"):
        plot_views([IMAGES], IMAGES, num_images=0)
    with pytest.raises(ValueError, match="`views` must be a layer"):
        plot_views(IMAGES, IMAGES)
    with pytest.raises(ValueError, match="`images` must be uint8"):
        plot_views(IMAGES, v.simclr(12))
    with pytest.raises(ValueError, match=r"`views` must be.*\(5, 12, 12\)"):
        plot_views([IMAGES[..., 0]], IMAGES)
    with pytest.raises(ValueError, match="`views`.* finite.*NaN"):
        plot_views([IMAGES / np.float32("nan")], IMAGES)
    with pytest.raises(ValueError, match="`parameters=True`.*`kc.views.Mult"):
        plot_views([IMAGES], IMAGES, parameters=True)
    with pytest.raises(ValueError, match="0..1"):
        plot_views([IMAGES], IMAGES.astype("float32"))
    with pytest.raises(
        ValueError, match=r"`views` must have.* 5 images.*\[4\]"
    ):
        plot_views([IMAGES[:4]], IMAGES)


def test_a_row_of_other_channels_or_range_says_so():
    many = np.repeat(IMAGES[..., :1], 13, axis=-1)
    figure = plot_views([IMAGES / 255 - 0.5, many], IMAGES, num_images=2)
    notes = [axes.texts[0].get_text() for axes in figure.axes[::2]]
    low, high = IMAGES[:2].min() / 255 - 0.5, IMAGES[:2].max() / 255 - 0.5
    assert notes == ["", f"{low:.3g} to {high:.3g}", "3 of 13 channels"]
    shown = pictures(figure)[2]
    expected = (IMAGES[0] / 255 - 0.5 - low) / (high - low)
    np.testing.assert_allclose(shown, expected, atol=1e-6)


def test_writes_the_drawn_parameters_under_each_view():
    first = v.Pipeline([v.RandomResizedCrop(8), v.Grayscale(probability=0.5)])
    second = v.Pipeline([v.FrequencySplit(sigma=(0.5, 2.0))])
    views = v.MultiView([first, second], seed=1)
    figure = plot_views(views, IMAGES, parameters=True)
    assert int(views.step) == 0
    made, vectors = arrays(views(IMAGES, training=True, return_parameters=True))
    rows = np.reshape(figure.axes, (4, 5))
    assert [axes.get_xlabel() for axes in rows[0]] == [""] * 5
    words = [[axes.get_xlabel() for axes in row] for row in rows[1:]]
    for text, vector in zip(words[0], vectors[0], strict=True):
        top, left, height, width, flip, gray = vector.astype(int)
        expected = f"crop {top},{left} {height}x{width}" + flip * " flip"
        assert text == expected + gray * "\ngray"
    assert words[1] == words[2]
    for text, (sigma,) in zip(words[1], vectors[1], strict=True):
        assert abs(float(text.removeprefix("frequency split ")) - sigma) < 0.006
    for row, view in zip(rows[1:3], made[:2], strict=True):
        own = [np.asarray(axes.images[0].get_array()) for axes in row]
        np.testing.assert_allclose(own, view, atol=1e-5)

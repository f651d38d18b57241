import keras
import numpy as np
import pytest

from keras_contrastive.visualization import plot_views

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
    with pytest.raises(ValueError, match=r"`views`.*\(5, 12, 12, 2\)"):
        plot_views([IMAGES[..., :2]], IMAGES)
    with pytest.raises(ValueError, match="0..1"):
        plot_views([IMAGES], IMAGES.astype("float32"))
    with pytest.raises(
        ValueError, match=r"`views` must have.* 5 images.*\[4\]"
    ):
        plot_views([IMAGES[:4]], IMAGES)

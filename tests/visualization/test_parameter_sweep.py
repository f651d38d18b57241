import numpy as np
import pytest
from keras import ops

from keras_contrastive import views as v
from keras_contrastive.visualization import plot_parameter_sweep

rng = np.random.default_rng(0)
IMAGES = rng.integers(0, 256, (2, 12, 12, 3), dtype="uint8")


class Line(v.Transform):
    """Multiplies by a gain and adds an offset, of some images."""

    num_uniforms = 3
    parameters = {"applied": 1, "gain": 1, "offset": 1, "steps": 1, "pair": 2}

    def sample(self, uniforms, image_shape):
        return {
            "gain": 0.2 + 0.4 * uniforms[:, 0],
            "offset": 0.1 * uniforms[:, 1],
            "steps": ops.floor(3 + 5 * uniforms[:, 2]),
        }

    def neutral(self, image_shape):
        return {"gain": 1.0, "offset": 0.0, "steps": 0.0, "pair": [0.0, 0.0]}

    def change(self, planes, draws):
        shape = (-1, 1, 1, 1)
        gain = ops.reshape(draws["applied"] * draws["gain"], shape)
        return gain * planes + ops.reshape(draws["offset"], shape)


class Negative(v.Split):
    """An image, and its negative's first two channels."""

    num_views = 2
    parameters = {}

    def sample(self, uniforms, image_shape):
        return {}

    def change(self, planes, draws):
        return [planes, 1 - planes[:, :2]]


def pictures(figure):
    return [np.asarray(axes.images[0].get_array()) for axes in figure.axes]


def captions(figure, row):
    """What stands under the pictures of a row that has `columns`."""
    return [axes.get_xlabel() for axes in figure.axes][row]


def test_a_picture_for_each_value_and_nothing_else_changes():
    figure = plot_parameter_sweep(
        Line(), IMAGES[0], "gain", values=[0.25, 0.5, 1]
    )
    for picture, gain in zip(pictures(figure), [0.25, 0.5, 1], strict=True):
        np.testing.assert_allclose(picture, gain * IMAGES[0] / 255, atol=1e-6)
    assert captions(figure, slice(None)) == ["0.25", "0.5", "1"]
    assert figure.get_suptitle() == "line/gain"


def test_several_images_and_views():
    pipeline = v.Pipeline([Line(), Negative()])
    figure = plot_parameter_sweep(
        pipeline, IMAGES, "line/gain", values=[0.5, 1], title="a title"
    )
    expected = []
    for image in IMAGES / 255:
        expected += [image / 2, image]
        expected += [1 - image[..., [0, 1, 0]] / 2, 1 - image[..., [0, 1, 0]]]
    for picture, image in zip(pictures(figure), expected, strict=True):
        np.testing.assert_allclose(picture, image, atol=1e-6)
    assert [axes.get_ylabel() for axes in figure.axes[::2]] == [
        f"image {i}\nview {j}" for i in (1, 2) for j in (1, 2)
    ]
    assert captions(figure, slice(None)) == [""] * 6 + ["0.5", "1"]
    assert figure.get_suptitle() == "a title"


def test_the_second_of_two_alike_has_a_name_of_its_own():
    inner = v.Pipeline([Negative(name="other")])
    pipeline = v.Pipeline([v.Normalize(0.0, 2.0), Line(), Line(), inner])
    with pytest.raises(ValueError, match="line_1/gain"):
        plot_parameter_sweep(pipeline, IMAGES, "gain", values=[1])
    first, second = (
        plot_parameter_sweep(
            pipeline, IMAGES[0], f"{name}/offset", values=[0.25]
        )
        for name in ("line", "line_1")
    )
    # The neutral `applied` of this transform is black: only offsets are left.
    np.testing.assert_allclose(pictures(first)[0], 0.0)
    np.testing.assert_allclose(pictures(second)[0], 0.25)


@pytest.mark.parametrize(
    "parameter, count, values",
    [
        ("gain", 5, [0.2, 0.3, 0.4, 0.5, 0.6]),
        ("offset", 3, [0, 0.05, 0.1]),
        ("steps", 3, [3, 5, 7]),
        ("steps", 9, [3, 4, 5, 6, 7]),
        ("applied", 7, [0, 1]),
    ],
)
def test_values_span_the_range_of_the_draws(parameter, count, values):
    transform = Line(probability=0.3)
    figure = plot_parameter_sweep(transform, IMAGES, parameter, values=count)
    under = [
        float(text) for text in captions(figure, slice(-len(values), None))
    ]
    assert under == values
    assert len(figure.axes) == 2 * len(values)


def test_a_real_pipeline():
    pipeline = v.simclr(8, seed=0).pipelines[0]
    figure = plot_parameter_sweep(
        pipeline, IMAGES, "color_jitter/hue", values=3
    )
    assert captions(figure, slice(3, None)) == ["-0.2", "0", "0.2"]
    resize = v.RandomResizedCrop(8, interpolation="bicubic")
    draws = resize.identity(2, (12, 12, 3))
    expected = ops.convert_to_numpy(resize.replay(IMAGES, draws))
    for row in range(2):
        shown = pictures(figure)[3 * row + 1]
        np.testing.assert_allclose(shown, expected[row], atol=1e-5)


def test_bad_arguments_are_named():
    blur = v.GaussianBlur()
    with pytest.raises(ValueError, match="`images` must"):
        plot_parameter_sweep(blur, IMAGES[0, 0], "sigma")
    with pytest.raises(ValueError, match="`transform` must.*MultiView"):
        plot_parameter_sweep(v.simclr(8), IMAGES, "sigma")
    with pytest.raises(ValueError, match="`Grayscale` needs images"):
        plot_parameter_sweep(v.Grayscale(), IMAGES[..., :1], "applied")
    with pytest.raises(ValueError, match=r"`parameter`.*blur/sigma.*'width'"):
        plot_parameter_sweep(blur, IMAGES, "width")
    with pytest.raises(ValueError, match=r"`parameter`.*'pair'"):
        plot_parameter_sweep(Line(), IMAGES, "pair")
    with pytest.raises(ValueError, match="`values`.* at least 2"):
        plot_parameter_sweep(blur, IMAGES, "sigma", values=1)
    for values in ([], [[1.0]], ["weak"]):
        with pytest.raises(ValueError, match="`values` must be a list of num"):
            plot_parameter_sweep(blur, IMAGES, "sigma", values=values)
    with pytest.raises(ValueError, match="`values` must.*never varies `hue`"):
        plot_parameter_sweep(v.ColorJitter(0.4), IMAGES, "hue")
    with pytest.raises(ValueError, match="`values` must.*never varies"):
        plot_parameter_sweep(v.GaussianBlur(probability=0), IMAGES, "sigma")
    with pytest.raises(ValueError, match="`values`.*finite"):
        plot_parameter_sweep(
            v.RandomResizedCrop(8), IMAGES, "top", values=[6.0]
        )

import colorsys

import numpy as np
import pytest

from keras_contrastive.data import _render_shapes as render_shapes
from keras_contrastive.data import shape_factors, shapes
from keras_contrastive.evaluation import knn_predict

NAMES = [shape.__name__ for shape in render_shapes.SHAPES]


def plain_factors(shape, **changes):
    """One image in the middle, light on dark, without texture."""
    factors = {
        "shape": NAMES.index(shape),
        "hue": 0.0,
        "x": 0.5,
        "y": 0.5,
        "size": 0.3,
        "aspect": 1.0,
        "rotation": 0.0,
        "background_texture": 0,
        "background_hue": 0.5,
        "background_value": 0.2,
        **changes,
    }
    return {name: np.array([value]) for name, value in factors.items()}


def lit(**factors):
    """Which pixels the shape covers, at 64 pixels."""
    (image,) = render_shapes.render(plain_factors(**factors), 64)
    return image[..., 0] > 100


def images_of(batches):
    return np.concatenate([x for x in batches])


def test_image_depends_on_seed_split_and_index_alone():
    def images(n, **kwargs):
        kwargs = {"shuffle": False, "image_size": 8, **kwargs}
        return images_of(shapes(n, 5, **kwargs))

    long = images(200)
    np.testing.assert_array_equal(images(70), long[:70])
    assert (images(200, seed=1) != long).any(axis=(1, 2, 3)).all()
    assert (images(200, split="test") != long).any(axis=(1, 2, 3)).all()


def test_factors_fill_their_ranges():
    factors = shape_factors(2000)
    assert sorted(np.bincount(factors["shape"])) > [150] * 10
    assert sorted(np.bincount(factors["background_texture"])) > [300] * 5
    for name in ("hue", "background_hue"):
        assert 0 <= factors[name].min() < 0.01 < 0.99 < factors[name].max() <= 1
    for name in ("x", "y"):
        assert 0.2 < factors[name].min() < 0.3 < 0.7 < factors[name].max() < 0.8
    assert 350 < factors["rotation"].max() < 360
    continuous = [v for v in factors.values() if v.dtype == "float32"]
    correlation = np.corrcoef(continuous) - np.eye(len(continuous))
    assert np.abs(correlation).max() < 0.1


def test_factors_never_change_between_releases():
    factors = shape_factors(3)
    assert factors["shape"].tolist() == [0, 7, 1]
    np.testing.assert_allclose(
        factors["hue"], [0.241549, 0.131265, 0.05066], atol=1e-6
    )


@pytest.mark.parametrize("shape", NAMES)
def test_all_shapes_have_the_same_area(shape):
    expected = 1.8 * (0.3 * 64) ** 2
    assert abs(lit(shape=shape).sum() - expected) < 0.06 * expected


def test_position_size_aspect_and_rotation():
    rows, columns = np.nonzero(lit(shape="disc", x=0.3, y=0.6))
    assert abs(columns.mean() - 0.3 * 64) < 1 and abs(rows.mean() - 38) < 1
    small, large = (lit(shape="disc", size=s).sum() for s in (0.15, 0.3))
    assert abs(large / small - 4) < 0.2
    rows, columns = np.nonzero(lit(shape="square", aspect=0.5))
    assert abs(np.ptp(rows) / np.ptp(columns) - 0.5) < 0.05
    rows, columns = np.nonzero(lit(shape="bar", rotation=30.0))
    slope = np.polyfit(columns, rows, 1)[0]
    assert abs(slope - np.tan(np.radians(30))) < 0.1  # clockwise: rows go down
    # The point of a triangle is at the top.
    rows, columns = np.nonzero(lit(shape="triangle"))
    assert np.ptp(columns[rows == rows.max()]) > np.ptp(
        columns[rows == rows.min()]
    )


def test_edges_are_smooth():
    (image,) = render_shapes.render(plain_factors("disc"), 32)
    assert len(np.unique(image[..., 0])) > 5


def test_colors():
    hue, value = np.array([0.1, 0.4, 0.9]), np.array([0.3, 0.8, 1.0])
    expected = [
        colorsys.hsv_to_rgb(h, 0.6, v) for h, v in zip(hue, value, strict=True)
    ]
    np.testing.assert_allclose(
        render_shapes.rgb(hue, 0.6, value), expected, atol=1e-6
    )


def test_shape_stands_out_from_its_background():
    light_on_dark = lit(shape="disc", background_value=0.2)
    assert light_on_dark[32, 32] and not light_on_dark[2, 2]
    (image,) = render_shapes.render(
        plain_factors("disc", background_value=0.9), 64
    )
    assert image[2, 2].mean() > image[32, 32].mean() + 80


@pytest.mark.parametrize("texture", range(1, 5))
def test_textures_are_weak(texture):
    factors = plain_factors(
        "disc", background_texture=texture, background_value=0.8
    )
    (image,) = render_shapes.render(factors, 32)
    background = image[:6].max(axis=-1) / 255  # above the disc
    spread = background.max() - background.min()
    assert 0.02 < spread <= 2 * render_shapes.CONTRAST * 0.8 + 0.01


def test_pixels_do_not_betray_the_shape():
    bank, queries = shape_factors(3000), shape_factors(500, split="test")
    predicted = knn_predict(
        render_shapes.render(bank, 32).reshape(3000, -1) / 255,
        bank["shape"],
        render_shapes.render(queries, 32).reshape(500, -1) / 255,
    )
    assert 0.1 < np.mean(predicted == queries["shape"]) < 0.25


@pytest.mark.parametrize(
    "labels, expected", [(True, "shape"), ("hue", "hue"), ("all", None)]
)
def test_labels(labels, expected):
    factors = shape_factors(6, seed=3)
    _, y = next(iter(shapes(6, 6, image_size=8, labels=labels, seed=3)))
    if expected:
        np.testing.assert_array_equal(y, factors[expected])
    else:
        assert y.keys() == factors.keys()
        np.testing.assert_array_equal(y["x"], factors["x"])


def test_class_names_follow_the_labels():
    batches = shapes(6, 6, image_size=8, labels=True)
    assert batches.class_names[2:4] == ["crescent", "half disc"]
    assert len(batches.class_names) == len(NAMES)
    again = shapes(6, 6, image_size=8, labels="shape")
    assert again.class_names == batches.class_names
    for labels in (False, "hue", "all"):
        assert shapes(6, 6, image_size=8, labels=labels).class_names is None


@pytest.mark.parametrize(
    "name, value",
    [
        ("num_images", 0),
        ("split", "valid"),
        ("image_size", 4),
        ("labels", "color"),
        ("labels", ["shape"]),
        ("seed", -1),
        ("batch_size", 3),
    ],
)
def test_wrong_arguments(name, value):
    arguments = {"num_images": 2, "batch_size": 1, name: value}
    with pytest.raises(ValueError, match=f"`{name}` must.*Received"):
        shapes(**arguments)

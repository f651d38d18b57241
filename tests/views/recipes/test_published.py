"""Each recipe against the settings that its paper or code states."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_contrastive import views
from tests.views.recipes.settings import (
    blur,
    crop,
    gray,
    jitter,
    plain_config,
    rand_augment,
    settings,
    solarize,
)
from tests.views.samples import arrays, images


def test_moco_v1():
    view = [
        crop(224, (0.2, 1.0)),
        gray(),
        jitter(0.4, 0.4, 0.4, 0.4, probability=1.0),
    ]
    assert settings(views.moco_v1(224, seed=1)) == [view, view]


@pytest.mark.parametrize("recipe", [views.moco_v2, views.simsiam])
def test_moco_v2_and_simsiam(recipe):
    view = [crop(224, (0.2, 1.0)), jitter(0.4, 0.4, 0.4, 0.1), gray(), blur()]
    assert settings(recipe(224, seed=1)) == [view, view]
    small = [crop(32, (0.2, 1.0)), *view[1:3]]
    assert settings(recipe(32, blur=False, seed=1)) == [small, small]


def test_byol():
    start = [
        crop(224, (0.08, 1.0), "bicubic"),
        jitter(0.4, 0.4, 0.2, 0.1),
        gray(),
    ]
    first = [*start, blur(1.0), solarize(0.0)]
    second = [*start, blur(0.1), solarize(0.2)]
    assert settings(views.byol(224, seed=1)) == [first, second]
    scale = settings(views.byol(96, scale=(0.2, 1.0), seed=1))
    assert scale[1][0] == crop(96, (0.2, 1.0), "bicubic")


def test_amdim():
    view = [
        crop(128, (0.3, 1.0), "bicubic", ratio=(0.7, 1.4)),
        jitter(0.4, 0.4, 0.4, 0.1),
        gray(0.25),
    ]
    assert settings(views.amdim(128, seed=1)) == [view, view]
    stronger = settings(views.amdim(64, hue=0.2, seed=1))
    assert stronger[0][1] == jitter(0.4, 0.4, 0.4, 0.2)
    with pytest.raises(ValueError, match="`hue` is the largest turn"):
        views.amdim(64, hue=0.6)


def test_pirl():
    found = settings(views.pirl(224, seed=1))
    assert found == [
        [
            crop(224, (0.08, 1.0)),
            jitter(0.4, 0.4, 0.4, 0.4, probability=1.0),
            gray(),
        ],
        [crop(255, (0.6, 1.0)), found[1][1]],
    ]
    assert found[1][1][0] is views.Jigsaw
    assert found[1][1][1]["grid"] == 3 and found[1][1][1]["patch_size"] == 64


def test_cmc():
    recipe = views.cmc(224, seed=1)
    (found,) = settings(recipe)
    kinds = [kind for kind, _ in found]
    assert found[0] == crop(224, (0.2, 1.0))
    assert kinds[1:] == [views.ColorSpace, views.Normalize, views.ChannelSplit]
    assert found[1][1]["space"] == "lab" and found[3][1]["first"] == 1
    # The constants of the released code.
    normalize = recipe.pipelines[0].transforms[2]
    np.testing.assert_allclose(normalize.mean, (50, 6.025, -6.690), atol=1e-3)
    np.testing.assert_allclose(normalize.std, (50, 92.208, 101.168), atol=1e-3)


def test_cmc_in_another_space():
    normalize = views.cmc(224, space="ydbdr", seed=1).pipelines[0].transforms[2]
    # Half the range of each row of the matrix; the released 1.331 is 1.333.
    np.testing.assert_allclose(normalize.mean, (0.5, 0, 0), atol=1e-3)
    np.testing.assert_allclose(normalize.std, (0.5, 1.333, 1.333), atol=1e-3)


def test_cmc_views_are_the_channels_of_one_picture():
    recipe, pixels = views.cmc(16, seed=1), images(4, 20, 20)
    draws = recipe.draw(4, (20, 20, 3), 1)
    first, second = arrays(recipe.make_views(pixels, draws))
    assert first.shape == (4, 16, 16, 1) and second.shape == (4, 16, 16, 2)
    both = np.concatenate([first, second], axis=-1)
    assert np.abs(both).max() < 1.05
    whole = views.Pipeline(recipe.pipelines[0].transforms[:-1])
    np.testing.assert_allclose(
        arrays(whole.replay(pixels, draws[0][:-1])), both, atol=1e-5
    )


def test_cpc():
    ((cropped, grayed, grid),) = settings(views.cpc(256, seed=1))
    share = (256 / 300) ** 2
    assert cropped == crop(256, (share, share), ratio=(1.0, 1.0))
    assert grayed == gray(1.0)
    assert grid[0] is views.PatchGrid
    assert grid[1]["patch_size"] == 64 and grid[1]["stride"] == 32
    assert grid[1]["crop"] == 60


def test_cpc_takes_256_of_300_pixels_as_they_are():
    recipe = views.cpc(64, patch_size=16, stride=8, crop=None, seed=1)
    box = recipe.draw(2, (75, 75, 3), 1)[0][0]
    np.testing.assert_array_equal(arrays(box["height"]), [64, 64])
    spec = recipe.compute_output_spec(images(2, 75, 75))
    assert spec[0].shape == (2, 7, 7, 16, 16, 3)


def test_cpc_v2():
    recipe = views.cpc_v2(75, 16, 8, crop=15, seed=1)
    ((cropped, grid, flipped, dropped),) = settings(recipe)
    assert cropped == settings(views.cpc(75, seed=1))[0][0]
    assert grid[0] is views.PatchGrid
    assert grid[1]["patch_size"] == 16 and grid[1]["stride"] == 8
    assert grid[1]["crop"] == 15
    assert flipped == (views.PatchFlip, {"probability": 1.0})
    assert dropped == (views.ColorDrop, {"probability": 1.0})
    with pytest.raises(ValueError, match="`patch_size` must not .*image_size"):
        views.cpc_v2(8, 16, 8)


def test_infomin():
    view = [
        crop(224, (0.2, 1.0)),
        jitter(0.8, 0.8, 0.8, 0.2),
        blur(),
        rand_augment(),
        gray(),
    ]
    found = settings(views.infomin(224, seed=1))
    assert found[:2] == [view, view]
    assert found[2] == settings(views.pirl(224, seed=1))[1]
    without = views.infomin(224, rand_augment=False, jigsaw=False)
    assert settings(without) == [[*view[:3], view[4]]] * 2


def test_infomin_with_the_rand_augment_of_keras_cv():
    keras_cv = pytest.importorskip("keras_cv")
    recipe = views.infomin(32, rand_augment="keras_cv", jigsaw=False)
    for pipeline in recipe.pipelines:
        kinds = [type(t) for t in pipeline.transforms]
        assert kinds[3:] == [views.Augment, views.Grayscale]
        layer = pipeline.transforms[3].adapted.layer
        assert isinstance(layer, keras_cv.layers.RandAugment)
        config = layer.get_config()
        assert config["augmentations_per_image"] == 2
        assert config["magnitude"] == 1.0
        assert config["magnitude_stddev"] == 0.05
        assert config["rate"] == 0.5


def test_mio():
    small = [crop(32, (0.8, 1.0)), jitter(0.4, 0.4, 0.4, 0.1), gray()]
    assert settings(views.mio(32, seed=1)) == [small, small]
    large = [crop(96, (0.8, 1.0)), *small[1:], blur(), solarize()]
    assert settings(views.mio(96, seed=1)) == [large, large]


@pytest.mark.parametrize(
    "dataset, base, expected, length",
    [
        (
            "cifar10",
            "simclr",
            [[crop(32, (0.2, 1.0), "bicubic"), jitter(0.4, 0.4, 0.4, 0.1)]] * 2,
            15,
        ),
        (
            "imagenet",
            "simclr",
            [[crop(32, (0.08, 1.0), "bicubic"), jitter(0.8, 0.8, 0.8, 0.2)]]
            * 2,
            17,
        ),
        (
            "cifar10",
            "byol",
            [[crop(32, (0.2, 1.0), "bicubic"), jitter(0.4, 0.4, 0.2, 0.1)]] * 2,
            18,
        ),
        (
            "imagenet",
            "byol",
            [[crop(32, (0.08, 1.0), "bicubic"), jitter(0.4, 0.4, 0.2, 0.1)]]
            * 2,
            18,
        ),
    ],
)
def test_equimod(dataset, base, expected, length):
    recipe = views.equimod(32, dataset=dataset, base=base, seed=1)
    later = {15: [[], []], 17: [[blur()], [blur()]]}.get(
        length, [[blur(1.0), solarize(0.0)], [blur(0.1), solarize(0.2)]]
    )
    approximately = [
        [*start, gray(), *end]
        for start, end in zip(expected, later, strict=True)
    ]
    found = settings(recipe)
    assert found == approximately
    for pipeline in recipe.pipelines:
        assert len(pipeline.parameter_names) == length


def test_vector_of_equimod():
    """The columns of the paper's code and what skipped operations leave."""
    recipe = views.equimod(8, base="byol", seed=1)
    pipeline = recipe.pipelines[1]
    names = [name.split("/")[1] for name in pipeline.parameter_names]
    assert names == [
        *("top", "left", "height", "width", "flip"),
        *("applied", "order_0", "order_1", "order_2", "order_3"),
        *("brightness", "contrast", "saturation", "hue"),
        "applied",
        *("applied", "sigma"),
        "applied",
    ]
    untouched = pipeline.encode(pipeline.identity(1, (10, 12, 3)))
    expected = [0, 0, 10, 12, 0, 0, 0, 1, 2, 3, 1, 1, 1, 0, 0, 0, 0, 0]
    np.testing.assert_array_equal(untouched, [expected])


def test_moments_of_the_vector_follow_the_closed_forms():
    """Mean and deviation of flags, orders, factors and sigma (p = 0.8, 0.5)."""
    pipeline = views.equimod(224, seed=1).pipelines[0]
    mean, std = pipeline.moments((32, 32, 3))
    p, s = 0.8, 0.8
    expected = {4: (0.5, 0.5), 5: (p, np.sqrt(p * (1 - p))), 14: (0.2, 0.4)}
    for slot in range(4):
        first = 1.5 * p + (1 - p) * slot
        second = 3.5 * p + (1 - p) * slot**2
        expected[6 + slot] = (first, np.sqrt(second - first**2))
    for column in (10, 11, 12):
        expected[column] = (1.0, s * np.sqrt(p / 3))
    expected[13] = (0.0, 0.2 * np.sqrt(p / 3))
    expected[16] = (0.525, 0.653)
    for column, (center, spread) in expected.items():
        np.testing.assert_allclose(mean[column], center, atol=0.01)
        np.testing.assert_allclose(std[column], spread, atol=0.01)


def test_multi_crop():
    color = [jitter(0.8, 0.8, 0.8, 0.2), gray(), blur()]
    found = settings(views.multi_crop(224, seed=1))
    assert found[:2] == [[crop(224, (0.14, 1.0)), *color]] * 2
    assert found[2:] == [[crop(96, (0.05, 0.14)), *color]] * 6


def test_multi_crop_makes_views_of_two_sizes():
    recipe = views.multi_crop(
        16, local_size=8, num_global=1, num_local=2, seed=1
    )
    spec = recipe.compute_output_spec(images(2, 20, 20))
    shapes = [view.shape[1:] for view in spec]
    assert shapes == [(16, 16, 3), (8, 8, 3), (8, 8, 3)]


RECIPES = {
    "simclr": lambda: views.simclr(16, seed=1),
    "moco_v1": lambda: views.moco_v1(16, seed=1),
    "moco_v2": lambda: views.moco_v2(16, seed=1),
    "simsiam": lambda: views.simsiam(16, seed=1),
    "amdim": lambda: views.amdim(16, seed=1),
    "byol": lambda: views.byol(16, seed=1),
    "pirl": lambda: views.pirl(16, jigsaw_size=18, patch_size=4, seed=1),
    "cmc": lambda: views.cmc(16, seed=1),
    "cpc": lambda: views.cpc(16, patch_size=8, stride=4, crop=6, seed=1),
    "cpc_v2": lambda: views.cpc_v2(16, 8, 4, crop=6, seed=1),
    "infomin": lambda: views.infomin(16, jigsaw_size=18, patch_size=4, seed=1),
    "mio": lambda: views.mio(33, seed=1),
    "equimod": lambda: views.equimod(16, seed=1),
    "multi_crop": lambda: views.multi_crop(16, local_size=8, seed=1),
}


def test_every_recipe_is_here():
    functions = {
        name
        for name in views.__all__
        if not isinstance(getattr(views, name), type)
    }
    families = {
        *("color_spaces", "crop_areas", "frequency_cuts"),
        *("jitter_strengths", "patch_distances"),
    }
    assert functions - {"to_dataset"} - families == set(RECIPES)


@pytest.mark.parametrize("name", RECIPES)
def test_any_recipe_is_parametric_and_repeatable(name):
    """Shapes as announced; equal seeds, equal draws; one vector per view."""
    pixels = images(4, 20, 24)
    recipe, again = RECIPES[name](), RECIPES[name]()
    draws, repeated = (r.draw(4, (20, 24, 3), 5) for r in (recipe, again))
    keras.tree.map_structure(
        np.testing.assert_array_equal, arrays(draws), arrays(repeated)
    )
    # Uncompiled: tiny images are changed sooner than a program is made.
    found = recipe.make_views(pixels, draws), recipe.encode(draws)
    announced = recipe.compute_output_spec(pixels, return_parameters=True)
    for made, spec in zip(found, announced, strict=True):
        assert [tuple(x.shape) for x in made] == [tuple(x.shape) for x in spec]
        assert all(np.isfinite(ops.convert_to_numpy(x)).all() for x in made)


def test_settings_are_compared_in_full():
    config = plain_config(views.GaussianBlur(probability=0.3))
    assert (views.GaussianBlur, config) != blur()


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"dataset": "mnist"}, "`dataset` must be one of.*dataset='mnist'"),
        ({"base": "moco"}, "`base` must be one of.*base='moco'"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        views.equimod(8, **arguments)


SIZE = (24, 32)
OBLONG = {
    "simclr": lambda: views.simclr(SIZE),
    "moco_v1": lambda: views.moco_v1(SIZE),
    "moco_v2": lambda: views.moco_v2(list(SIZE)),
    "simsiam": lambda: views.simsiam(np.array(SIZE)),
    "amdim": lambda: views.amdim(SIZE),
    "byol": lambda: views.byol(SIZE),
    "mio": lambda: views.mio(SIZE),
    "equimod": lambda: views.equimod(SIZE),
    "multi_crop": lambda: views.multi_crop(SIZE, local_size=(12, 16)),
    "infomin": lambda: views.infomin(SIZE, jigsaw_size=(24, 48), patch_size=6),
    "pirl": lambda: views.pirl(SIZE, jigsaw_size=(24, 48), patch_size=6),
    "cmc": lambda: views.cmc(SIZE),
    "crop_areas": lambda: views.crop_areas(SIZE).make_views(0.5),
    "jitter_strengths": lambda: views.jitter_strengths(SIZE).make_views(1.0),
    "color_spaces": lambda: views.color_spaces(SIZE).make_views("lab"),
    "frequency_cuts": lambda: views.frequency_cuts(SIZE).make_views(1.0),
}


@pytest.mark.parametrize("name", OBLONG)
def test_views_of_height_and_width(name):
    made = OBLONG[name]().compute_output_spec(keras.KerasTensor((2, 40, 50, 3)))
    assert made[0].shape[1:3] == SIZE
    if name in ("infomin", "pirl"):
        assert made[-1].shape == (2, 9, 6, 6, 3)
    if name == "multi_crop":
        assert made[-1].shape[1:3] == (12, 16)


def test_a_grid_of_rows_and_columns():
    grid = views.cpc(SIZE, patch_size=8, stride=4, crop=None)
    assert grid(images(2, 40, 50))[0].shape == (2, 5, 7, 8, 8, 3)
    with pytest.raises(ValueError, match="`patch_size` must be an integer"):
        views.cpc(SIZE, patch_size=(8, 8))

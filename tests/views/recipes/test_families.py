import numpy as np
import pytest
from keras import ops

from keras_contrastive import views

IMAGES = np.random.default_rng(0).integers(0, 256, (4, 24, 24, 3), "uint8")
FAMILIES = {
    "crop_areas": views.crop_areas(8),
    "jitter_strengths": views.jitter_strengths(8),
    "patch_distances": views.patch_distances(4),
    "color_spaces": views.color_spaces(8),
    "frequency_cuts": views.frequency_cuts(8),
}


@pytest.mark.parametrize("name", FAMILIES)
def test_each_value_makes_two_views(name):
    family = FAMILIES[name]
    assert len(family.values) >= 5
    for value in (family.values[0], family.values[-1]):
        pair = family.make_views(value)(IMAGES, training=True)
        assert len(pair) == 2
        assert {view.shape[:3] for view in pair} <= {(4, 8, 8), (4, 4, 4)}


def test_the_value_is_what_differs():
    def first_of(name, value):
        return FAMILIES[name].make_views(value).pipelines[0].transforms

    assert first_of("crop_areas", 0.3)[0].scale == (0.3, 1.0)
    assert first_of("patch_distances", 7)[0].distance == 7
    assert first_of("frequency_cuts", 2.5)[1].sigma == (2.5, 2.5)
    assert first_of("color_spaces", "yuv")[1].space == "yuv"
    config = views.simclr(8, strength=1.5, blur=False, seed=0).get_config()
    made = FAMILIES["jitter_strengths"].make_views(1.5).get_config()
    assert made["pipelines"] == config["pipelines"]


def test_patches_without_distance_are_equal():
    family = FAMILIES["patch_distances"]
    assert family.values == (0, 2, 4, 8, 16)
    first, second = family.make_views(0)(IMAGES)
    np.testing.assert_array_equal(*map(ops.convert_to_numpy, (first, second)))


def test_values_of_ones_own():
    family = views.crop_areas(8, values=[0.5, 0.25, 0.1], seed=3)
    assert family.values == (0.5, 0.25, 0.1)
    assert family.make_views(0.5).seed == 3

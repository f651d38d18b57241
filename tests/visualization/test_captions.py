import numpy as np
import pytest

from keras_contrastive import views as v
from keras_contrastive.visualization._captions import captions, number


def test_a_line_for_each_transform_that_changed_the_image():
    pipeline = v.Pipeline(
        [
            v.RandomResizedCrop(224),
            v.Pipeline([v.ColorJitter(0.8, 0.8, 0.8, 0.2), v.Grayscale()]),
            v.Grayscale(),
            v.Normalize(0.5, 0.5),
            v.GaussianBlur(),
        ]
    )
    jitter = [1, 2, 0, 1, 3, 1.2, 0.8, 1.1, -0.05]
    changed = [12, 3, 20, 24, 1, *jitter, 1, 1, 1, 1.3]
    half = [0, 0, 224, 224, 0, 0, *jitter[1:], 0, 1, 0, 0]
    assert captions(pipeline, np.array([changed, half])) == [
        "crop 12,3 20x24 flip\njitter b 1.2 c .8\ns 1.1 h -.05\n"
        "gray\ngray\nblur 1.3",
        "crop 0,0 224x224\ngray",
    ]


def test_other_transforms_by_name():
    pipeline = v.Pipeline(
        [v.QuarterTurns(), v.Solarize(), v.Jigsaw(None, grid=2)]
    )
    vector = [1, 3, 1, 2, 0, 1, 3, *[0] * 8]
    text = "quarter turns 3\nsolarize\njigsaw 2 0 1 3"
    assert captions(pipeline, np.array([vector])) == [text]
    pair = v.Pipeline([v.PatchPair(64, 100, name="two_far_patches")])
    text = "two far patches top 19\nleft 34"
    assert captions(pair, np.array([[19, 34]])) == [text]


class Shear(v.Transform):
    parameters = {"matrix": 4, "kernel": 5}


def test_vectors_that_nobody_reads_are_left_out():
    vector = np.array([[1, 0.5, 0, 1, *[0.2] * 5]])
    assert captions(Shear(), vector) == ["shear matrix 1 .5 0 1\nkernel ..."]


def test_jitter_tells_only_what_it_changes():
    pipeline = v.Pipeline([v.ColorJitter(contrast=0.4)])
    vector = [1, 0, 1, 2, 3, 1, 0.7, 1, 0]
    assert captions(pipeline, np.array([vector])) == ["jitter c .7"]


@pytest.mark.parametrize(
    "value, text",
    [
        (0, "0"),
        (-0.0, "0"),
        (10, "10"),
        (100.5, "100.5"),
        (0.999, "1"),
        (0.804, ".8"),
        (-0.052, "-.05"),
        (0.0042, ".004"),
        (-1.25, "-1.25"),
    ],
)
def test_numbers_are_short(value, text):
    assert number(value) == text

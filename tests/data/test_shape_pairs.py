import sys

import numpy as np
import pytest

from keras_contrastive.data import shape_pairs, shapes
from keras_contrastive.data._shapes import FACTORS


def test_first_images_are_those_of_shapes():
    first, second = shape_pairs(5, ["shape"], image_size=16, seed=3)
    (images,) = shapes(5, 5, image_size=16, seed=3, shuffle=False)
    np.testing.assert_array_equal(first, images.astype("float32") / 255)
    assert second.shape == (5, 16, 16, 3) and second.dtype == "float32"


def test_all_shared_are_equal_and_none_shared_are_not():
    first, second = shape_pairs(20, FACTORS, image_size=16)
    np.testing.assert_array_equal(first, second)
    first, second = shape_pairs(20, [], image_size=16)
    assert np.abs(first - second).mean(axis=(1, 2, 3)).min() > 0.02


@pytest.fixture
def factors_drawn(monkeypatch):
    drawn = []
    module = sys.modules["keras_contrastive.data._shape_pairs"]

    def keep(factors, image_size):
        drawn.append(factors)
        return np.zeros((len(factors["hue"]), image_size, image_size, 3))

    monkeypatch.setattr(module, "render", keep)
    return drawn


def test_only_the_shared_are_equal(factors_drawn):
    shape_pairs(400, ["hue", "x"])
    first, second = factors_drawn
    for name in FACTORS:
        share = (first[name] == second[name]).mean()
        if name in ("hue", "x"):
            assert share == 1
        else:
            # Shapes and textures meet by chance, one in ten and in five.
            assert share < 0.3


def test_a_share_of_the_pairs(factors_drawn):
    shape_pairs(4000, {"hue": 0.6, "size": 0.0})
    first, second = factors_drawn
    share = (first["hue"] == second["hue"]).mean()
    assert share == pytest.approx(0.6, abs=0.03)
    assert (first["size"] == second["size"]).mean() == 0
    assert abs(np.corrcoef(first["size"], second["size"])[0, 1]) < 0.06


def test_repeats_and_splits_differ():
    one, again = (shape_pairs(4, "shape", image_size=16) for _ in range(2))
    np.testing.assert_array_equal(one, again)
    other = shape_pairs(4, "shape", split="test", image_size=16)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((4, ["color"]), "must name factors.*color"),
        ((4, {"hue": 1.5}), "shares in 0..1"),
        ((0, ["hue"]), "`num_pairs`"),
    ],
)
def test_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        shape_pairs(*arguments)

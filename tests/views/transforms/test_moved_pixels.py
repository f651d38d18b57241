"""What transforms that move or drop pixels owe: they compile, both ways."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_contrastive.views import (
    ColorDrop,
    Jigsaw,
    PatchFlip,
    PatchGrid,
    PatchPair,
    Pipeline,
    QuarterTurns,
)
from keras_contrastive.views.multi_view import compiled
from tests.ops.gradient import gradient
from tests.ops.one_program import one_program
from tests.views.samples import arrays, draw, tensors, uniforms

SHAPE = (8, 8, 3)
TRANSFORMS = [
    Jigsaw(3, grid=2),
    Jigsaw(None, grid=2),
    PatchGrid(4, 2),
    PatchGrid(4, 2, crop=3),
    PatchPair(3, 2),
    QuarterTurns(),
    ColorDrop(),
    PatchFlip(),
    Pipeline([PatchGrid(4, 2), PatchFlip(), ColorDrop()]),
]


def planes(seed):
    shape = (5, 3, 8, 8)
    return np.random.default_rng(seed).random(shape, "float32")


@pytest.mark.parametrize("transform", TRANSFORMS, ids=lambda t: t.name)
def test_compiled_gradient(transform):
    """That of `<weights, change(x)>` is `transpose(change)(weights)`."""
    draws = draw(transform, 5, SHAPE)
    other = planes(1)
    change = one_program(transform.change)
    moved = keras.tree.flatten(arrays(change(*tensors([other]), draws)))
    rng = np.random.default_rng(2)
    weights = [rng.random(view.shape, "float32") for view in moved]

    def weighted(x):
        views = keras.tree.flatten(transform.change(x, draws))
        pairs = zip(views, tensors(weights), strict=True)
        return sum(ops.sum(view * weight) for view, weight in pairs)

    found = gradient(compiled(weighted), planes(0)).astype("float64")
    expected = sum(
        np.sum(view.astype("float64") * weight)
        for view, weight in zip(moved, weights, strict=True)
    )
    np.testing.assert_allclose(np.sum(found * other), expected, rtol=1e-5)


@pytest.mark.backends("tensorflow")
@pytest.mark.parametrize("transform", TRANSFORMS, ids=lambda t: t.name)
def test_compiled_draws_and_pixels(transform):
    numbers = ops.convert_to_tensor(uniforms(transform, 5))
    eager = transform.draw(numbers, SHAPE)
    draws = compiled(lambda x: transform.draw(x, SHAPE))(numbers)
    x = ops.convert_to_tensor(planes(0))
    keras.tree.map_structure(
        np.testing.assert_array_equal,
        arrays((draws, compiled(transform.change)(x, draws))),
        arrays((eager, transform.change(x, eager))),
    )

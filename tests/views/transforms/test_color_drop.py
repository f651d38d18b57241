import numpy as np
import pytest

from keras_contrastive.ops._random_bits import uniform_rows
from keras_contrastive.views import (
    ColorDrop,
    Grayscale,
    Jigsaw,
    MultiView,
    PatchFlip,
    PatchGrid,
    Pipeline,
)
from tests.views.samples import (
    arrays,
    draw,
    draw_from,
    draw_views,
    images,
    replay,
    tensors,
    uniforms,
)

GRID = (2, 3, 4, 5, 3)


def patches(seed=0):
    return np.random.default_rng(seed).random((8, *GRID), "float32")


def slow_drop(pixels, kept):
    """Patches of which one color stays, one number at a time."""
    result = np.zeros_like(pixels)
    for *patch, i, j, channel in np.ndindex(*pixels.shape):
        if kept[tuple(patch)] in (channel, -1):
            place = (*patch, i, j, channel)
            result[place] = pixels[place]
    return result


def test_one_color_stays_by_pixel():
    pixels, drop = images(4, 4, 5), ColorDrop()
    kept = np.array([0, 1, 2, -1])
    found = replay(drop, pixels, tensors({"kept": kept}))
    np.testing.assert_array_equal(found, slow_drop(pixels, kept))


def test_each_patch_by_itself():
    pixels, drop = patches(), ColorDrop(probability=0.5)
    draws = draw(drop, 8, GRID)
    kept = arrays(draws)["kept"]
    found = replay(drop, pixels, draws)
    np.testing.assert_array_equal(found, slow_drop(pixels, kept))
    assert kept.shape == (8, 2, 3)
    # Patches of one image keep different colors, other images all of them.
    kinds = [set(image.ravel()) for image in kept]
    assert {-1} in kinds and any(len(kind) > 1 for kind in kinds)


@pytest.mark.parametrize("image_shape", [(4, 5, 3), GRID])
def test_draws_are_a_stream_of_the_two_uniform_numbers(image_shape):
    drop = ColorDrop(probability=0.6)
    numbers = uniforms(drop, 20)
    draws = arrays(draw_from(drop, numbers, image_shape))
    grid = image_shape[:-3]
    for image, (first, *key) in enumerate(numbers):
        seed, step = (int(number * 2**24) for number in key)
        stream = arrays(uniform_rows(seed, step, [0], int(np.prod(grid))))
        kept = np.floor(3 * stream).reshape(grid) if first < 0.6 else -1
        np.testing.assert_array_equal(draws["kept"][image], kept)
        assert draws["applied"][image] == (first < 0.6)


def test_colors_are_equally_likely_and_independent():
    kept = arrays(draw(ColorDrop(), 3000, GRID))["kept"].reshape(3000, 6)
    for column in kept.T:
        counts = np.bincount(column.astype(int), minlength=3)
        np.testing.assert_allclose(counts, [1000] * 3, atol=5 * 1000**0.5)
    correlation = np.corrcoef(kept, rowvar=False) - np.eye(6)
    assert np.abs(correlation).max() < 5 / 3000**0.5


@pytest.mark.parametrize("image_shape", [(4, 5, 3), GRID])
@pytest.mark.parametrize("make", [ColorDrop, PatchFlip])
def test_identity_and_vector(make, image_shape):
    transform = make()
    rng = np.random.default_rng(0)
    pixels = rng.random((3, *image_shape), "float32")
    neutral = transform.identity(3, image_shape)
    np.testing.assert_array_equal(replay(transform, pixels, neutral), pixels)
    assert transform.parameter_names == [f"{transform.name}/applied"]
    vector = arrays(transform.encode(draw(transform, 3, image_shape)))
    np.testing.assert_array_equal(vector, [[1]] * 3)
    mean, std = transform.moments(image_shape, num_draws=16)
    np.testing.assert_array_equal([mean, std], [[1], [1]])


def test_after_a_grid_in_a_layer_of_views():
    grid, drop, flip = PatchGrid(4, 2, crop=3), ColorDrop(), PatchFlip()
    views = MultiView([Pipeline([grid, Pipeline([drop, flip])])], seed=3)
    pixels = images(4, 8, 10)
    ((cut, (dropped, flipped)),) = draw_views(views, 4, (8, 10, 3), 0)
    (found,) = arrays(views(pixels))
    expected = slow_drop(replay(grid, pixels, cut), arrays(dropped)["kept"])
    for place in zip(*np.nonzero(arrays(flipped)["flip"]), strict=True):
        expected[place] = expected[place][:, ::-1]
    np.testing.assert_array_equal(found, expected)
    cut = replay(grid, pixels, grid.identity(4, (8, 10, 3)))
    np.testing.assert_array_equal(arrays(views.originals(pixels)), cut)


def test_after_a_jigsaw():
    pieces = Pipeline([Jigsaw(3, grid=2), ColorDrop()])
    pieces.check((8, 8, 3))
    draws = draw(pieces, 2, (8, 8, 3))
    assert replay(pieces, images(2, 8, 8), draws).shape == (2, 4, 3, 3, 3)


@pytest.mark.parametrize("shape", [(8, 8, 1), (2, 2, 8, 8, 4)])
def test_needs_three_channels(shape):
    with pytest.raises(ValueError, match="`ColorDrop` needs.*3 channels"):
        ColorDrop().check(shape)


def test_other_transforms_still_take_no_patches():
    inner = Pipeline([ColorDrop(), Grayscale()])
    pipeline = Pipeline([PatchGrid(4, 2), inner])
    with pytest.raises(ValueError, match="`Pipeline` takes images"):
        pipeline.check((8, 8, 3))

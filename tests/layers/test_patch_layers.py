"""Heads of methods that look at parts of images."""

import numpy as np
import pytest
from keras import ops

from keras_contrastive.layers import JigsawHead, MapHead, PatchContext

GRID = np.random.default_rng(0).normal(size=(2, 5, 4, 3)).astype("float32")


def test_context_knows_nothing_of_the_rows_below():
    layer = PatchContext(num_blocks=5, hidden_units=6)
    before = ops.convert_to_numpy(layer(GRID))
    assert before.shape == GRID.shape
    for row in range(5):
        changed = GRID.copy()
        changed[:, row] += 1
        after = ops.convert_to_numpy(layer(changed))
        np.testing.assert_array_equal(after[:, :row], before[:, :row])
        assert np.abs(after[:, row] - before[:, row]).max() > 1e-4


@pytest.mark.parametrize("num_blocks", [1, 2])
def test_each_block_sees_one_row_further_up(num_blocks):
    layer = PatchContext(num_blocks=num_blocks, hidden_units=6)
    before = ops.convert_to_numpy(layer(GRID))
    changed = GRID.copy()
    changed[:, 0] += 1
    difference = np.abs(ops.convert_to_numpy(layer(changed)) - before)
    reached = difference.max(axis=(0, 2, 3)) > 0
    assert reached.tolist() == [r <= num_blocks for r in range(5)]


def test_jigsaw_head_depends_on_the_order_of_the_pieces():
    head = JigsawHead(units=6)
    pieces = GRID.reshape(2, 20, 3)[:, :4]
    projections = ops.convert_to_numpy(head(pieces))
    assert projections.shape == (2, 6)
    turned = ops.convert_to_numpy(head(pieces[:, ::-1].copy()))
    assert np.abs(turned - projections).max() > 1e-3


def test_jigsaw_head_is_two_linear_maps():
    head = JigsawHead(units=2)
    pieces = GRID.reshape(2, 20, 3)[:, :4]
    found = ops.convert_to_numpy(head(pieces))
    first, second = (
        [ops.convert_to_numpy(w) for w in (layer.kernel, layer.bias)]
        for layer in (head.of_piece, head.of_image)
    )
    for image, projection in zip(pieces, found, strict=True):
        joined = np.concatenate([p @ first[0] + first[1] for p in image])
        expected = joined @ second[0] + second[1]
        np.testing.assert_allclose(projection, expected, rtol=1e-4, atol=1e-5)


def test_jigsaw_head_wants_pieces():
    with pytest.raises(ValueError, match="pieces, features"):
        JigsawHead()(GRID[:, 0, 0])


def test_map_head_begins_near_the_identity():
    head = MapHead(5)
    places = GRID.reshape(2, 20, 3)
    found = ops.convert_to_numpy(head(places))
    assert found.shape == (2, 20, 5)
    # The moving statistics of its batch normalization are 0 and 1.
    np.testing.assert_allclose(found[..., :3], places, atol=0.08)
    kernels = [ops.convert_to_numpy(w) for w in head.weights[:1]]
    assert 0 < np.abs(kernels[0][:, 3:]).max() <= 0.01


def test_map_head_is_a_shortcut_and_two_layers():
    head = MapHead(2)
    places = GRID.reshape(2, 20, 3)
    head(places)
    rng = np.random.default_rng(1)
    for weight in head.trainable_weights[:4]:
        weight.assign(rng.normal(size=weight.shape))
    shortcut, bias, hidden, last = (
        ops.convert_to_numpy(w) for w in head.trainable_weights[:4]
    )
    expected = [
        [x @ shortcut + bias + np.maximum(x @ hidden, 0) @ last for x in image]
        for image in places
    ]
    flat = np.reshape(expected, (-1, 2))
    mean, std = flat.mean(axis=0), np.sqrt(flat.var(axis=0) + 1e-5)
    found = ops.convert_to_numpy(head(places, training=True))
    np.testing.assert_allclose(found, (expected - mean) / std, atol=1e-4)


def test_map_head_wants_places():
    with pytest.raises(ValueError, match="places, channels"):
        MapHead()(GRID)

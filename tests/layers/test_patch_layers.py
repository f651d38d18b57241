"""Heads of methods that look at parts of images."""

import numpy as np
import pytest
from keras import ops

from keras_contrastive.layers import JigsawHead, PatchContext

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

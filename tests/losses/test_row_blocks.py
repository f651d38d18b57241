"""Losses in blocks of queries are the losses of all queries at once."""

import keras
import numpy as np
import pytest
from keras import ops

import keras_contrastive as kc
from keras_contrastive.losses import _row_blocks
from tests.losses.pairs import random_pair
from tests.ops.gradient import gradient

COUNT = 13
LABELS = np.array([0, 1, 2, 0, 1, -1, 2, 0, 1, 1, 3, 0, -1])


def sup_con(first, second):
    loss = kc.losses.SupConLoss(reduction=None)
    return loss(LABELS, (first, second))


def equivariant(first, second):
    loss = kc.losses.EquivariantNTXent(sibling_negatives=False, reduction=None)
    actual = ops.stack([first, second], axis=1)
    predicted = ops.stack([second, first], axis=1)
    return loss(actual, predicted)


LOSSES = {
    "nt_xent": kc.losses.NTXent(0.2, reduction=None),
    "info_nce": kc.losses.InfoNCE(0.2, reduction=None),
    "dcl": kc.losses.DCL(0.2, reduction=None),
    "mio": kc.losses.MIOLoss(reduction=None),
    "sup_con": sup_con,
    "equivariant": equivariant,
}


@pytest.fixture(params=[1, 3, 12])
def blocks(request, monkeypatch):
    """Turns blocks of some queries on or off."""

    def switch(on):
        monkeypatch.setattr(_row_blocks, "DENSE", 0 if on else 2**24)
        monkeypatch.setattr(_row_blocks, "BLOCK", request.param * COUNT)

    return switch


@pytest.mark.parametrize("name", LOSSES)
def test_values_and_gradients(name, blocks):
    first, second = random_pair(COUNT)
    weights = np.linspace(0.5, 1.5, COUNT, dtype="float32")

    def total(both):
        values = LOSSES[name](both[0], both[1])
        return ops.sum(values * ops.convert_to_tensor(weights))

    found = []
    for on in (False, True):
        blocks(on)
        values = ops.convert_to_numpy(LOSSES[name](first, second))
        found.append([values, gradient(total, np.stack([first, second]))])
    for expected, of_blocks in zip(*found, strict=True):
        np.testing.assert_allclose(of_blocks, expected, rtol=2e-5, atol=2e-6)


def test_which_contrasts_are_cut(monkeypatch):
    queries, few = np.ones((2**12, 2)), np.ones((2**12, 2))
    many = np.ones((2**12 + 1, 2))
    count = _row_blocks.queries_of_block
    among = kc.contrasts.among
    assert count(among(queries, queries, few)) is None
    assert count(among(queries, queries, many)) == 2**22 // (2**12 + 1)
    assert count(kc.contrasts.Contrast(queries, queries)) is None
    monkeypatch.setattr(_row_blocks, "num_shares", lambda: 2)
    is_cut = count(among(queries, queries, many)) is not None
    assert is_cut == (keras.backend.backend() != "jax")

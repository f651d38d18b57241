"""Losses in blocks of queries are the losses of all queries at once."""

import keras
import numpy as np
import pytest
from keras import ops

import keras_contrastive as kc
from keras_contrastive.contrasts import _row_blocks
from keras_contrastive.losses import _mirrored_softmax
from tests.losses.pairs import random_pair
from tests.ops.gradient import gradient
from tests.replicas import two_replicas

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
        monkeypatch.setattr(_row_blocks, "LEAST", 1)
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


def test_which_contrasts_are_cut():
    queries = np.ones((2**12, 2))

    def rows(count, own, times=1):
        own = np.arange(2**12) if own else None
        candidates = np.ones((count, 2))
        contrast = kc.contrasts.Contrast(queries, queries, candidates, own)
        return _row_blocks.by_size(
            contrast, lambda: None, lambda size: size, times
        )

    assert rows(2**12, own=True) is None
    assert rows(2**12 + 1, own=True) == 2**22 // (2**12 + 1)
    assert rows(2**12, own=True, times=2) == 2**22 // 2**12
    assert rows(2**15, own=False) is None
    assert rows(2**15 + 1, own=False) == 2**22 // (2**15 + 1)
    assert rows(2**17, own=False) == 64
    alone = kc.contrasts.Contrast(queries, queries)
    assert _row_blocks.by_size(alone, lambda: None, lambda size: size) is None


@pytest.mark.backends("tensorflow")
@pytest.mark.parametrize("name", ["nt_xent", "info_nce", "mio"])
@pytest.mark.parametrize("count", [4, 13])
def test_batches_of_unknown_size(name, count, monkeypatch):
    import tensorflow as tf

    taken = []
    monkeypatch.setattr(_row_blocks, "DENSE", 7 * 7)
    monkeypatch.setattr(_row_blocks, "LEAST", 1)
    monkeypatch.setattr(_row_blocks, "BLOCK", 3 * 13)
    map_blocks = _row_blocks.map_blocks
    for module in (_row_blocks, _mirrored_softmax):
        monkeypatch.setattr(
            module,
            "map_blocks",
            lambda *args: (taken.append(1), map_blocks(*args))[1],
        )
    pair = random_pair(count)

    @tf.function(input_signature=[tf.TensorSpec((2, None, 5))])
    def value_and_gradient(both):
        with tf.GradientTape() as tape:
            tape.watch(both)
            values = LOSSES[name](both[0], both[1])
        return values, tape.gradient(values, both)

    with _row_blocks.batches_of_at_most(13):
        found = value_and_gradient(np.stack(pair))
    assert taken
    monkeypatch.setattr(_row_blocks, "DENSE", 2**24)
    expected = value_and_gradient.python_function(tf.constant(np.stack(pair)))
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-5, atol=2e-6)


@pytest.mark.backends("jax")
@pytest.mark.parametrize("name", LOSSES)
def test_devices_of_jax_share_the_blocks(name, monkeypatch):
    import jax

    both = np.stack(random_pair(COUNT - 1))
    monkeypatch.setitem(globals(), "LABELS", LABELS[:-1])

    def value_and_gradient(**shardings):
        def total(views):
            values = LOSSES[name](views[0], views[1])
            return ops.sum(values * ops.arange(COUNT - 1, dtype="float32"))

        return jax.jit(jax.value_and_grad(total), **shardings)

    expected = value_and_gradient()(both)
    monkeypatch.setattr(_row_blocks, "DENSE", 0)
    monkeypatch.setattr(_row_blocks, "LEAST", 1)
    monkeypatch.setattr(_row_blocks, "BLOCK", 4 * COUNT)
    with two_replicas():
        mesh = keras.distribution.distribution().device_mesh.backend_mesh
        rows = jax.sharding.PartitionSpec(None, "batch", None)
        shared = jax.sharding.NamedSharding(mesh, rows)
        found = value_and_gradient(in_shardings=shared)(both)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-5, atol=2e-6)


@pytest.mark.backends("tensorflow")
@pytest.mark.parametrize("loss", [kc.losses.NTXent(0.2), kc.losses.DCL(0.2)])
def test_replicas_of_tensorflow_share_batches_of_unknown_size(
    loss, monkeypatch
):
    views = np.random.default_rng(0).random((2, 12, 4, 4, 3), "float32")

    def train():
        keras.utils.set_random_seed(0)
        encoder = keras.Sequential(
            [keras.layers.Flatten(), keras.layers.Dense(4)]
        )
        model = kc.SimCLR(encoder, projector=keras.layers.Dense(4), loss=loss)
        model.compile("sgd", jit_compile=False)
        model.fit(tuple(views), batch_size=8, shuffle=False, verbose=0)
        return model.get_weights()

    expected = train()
    monkeypatch.setattr(_row_blocks, "DENSE", 8)
    monkeypatch.setattr(_row_blocks, "LEAST", 1)
    monkeypatch.setattr(_row_blocks, "BLOCK", 40)
    with two_replicas() as scope, scope():
        found = train()
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-5, atol=2e-6)

"""Traps of methods with a momentum branch, a queue or negatives of a batch."""

import keras
import numpy as np
import pytest
from keras import ops

import keras_contrastive as kc
from tests import slow_losses as slow
from tests.conformance import tiny
from tests.conformance.training import images, numpy_weights
from tests.conftest import EAGERLY

VIEWS = tuple(np.random.default_rng(0).random((2, 8, 12, 12, 3), "float32"))


def byol(momentum=0.5):
    heads = tiny.head("none"), tiny.head("none")
    return kc.BYOL(tiny.encoder(), None, *heads, momentum=momentum)


def online_weights(model):
    layers = (model.encoder, model.projector)
    return [w for layer in layers for w in layer.weights]


def branch_weights(model):
    return [w for layer in model.target.branch for w in layer.weights]


def as_numpy(weights):
    return [ops.convert_to_numpy(w) for w in weights]


def fit(model, steps, **optimizer):
    x = tuple(np.concatenate([v] * steps) for v in VIEWS)
    sgd = keras.optimizers.SGD(0.1, **optimizer)
    model.compile(sgd, run_eagerly=EAGERLY)
    model.fit(x, batch_size=8, shuffle=False, verbose=0)


def test_the_branch_uses_weights_after_the_last_step():
    """Followed after the forward pass, it would be one step late."""
    model = byol(momentum=0.0)
    model(VIEWS)
    fit(model, 1)
    expected = as_numpy(online_weights(model))
    fit(model, 1)  # copies what the first step made, then trains
    own = as_numpy(branch_weights(model))
    trainable = [w.trainable for w in online_weights(model)]
    for target, online, matters in zip(own, expected, trainable, strict=True):
        if matters:
            np.testing.assert_array_equal(target, online)


def test_the_branch_moves_once_for_each_step_of_the_optimizer():
    model = byol(momentum=0.5)
    model(VIEWS)
    fit(model, 4, gradient_accumulation_steps=2)
    assert model.target.calls_per_step == 2
    # Calls 1 (a copy) and 3 moved it, calls 2 and 4 did not: a twin that
    # accumulates without momentum in between must hold the same.
    kernel = ops.convert_to_numpy(model.target.branch[0].weights[0])
    fit(model, 1, gradient_accumulation_steps=2)
    moved = ops.convert_to_numpy(model.target.branch[0].weights[0])
    assert np.abs(moved - kernel).max() > 0
    fit(model, 1, gradient_accumulation_steps=2)
    again = ops.convert_to_numpy(model.target.branch[0].weights[0])
    np.testing.assert_array_equal(again, moved)


def test_momentum_of_one_leaves_the_branch_bit_for_bit():
    model = byol(momentum=1.0)
    model(VIEWS)
    before = as_numpy(online_weights(model))
    fit(model, 3)
    trainable = [w.trainable for w in online_weights(model)]
    own = as_numpy(branch_weights(model))
    for target, start, matters in zip(own, before, trainable, strict=True):
        if matters:
            np.testing.assert_array_equal(target, start)


def moco(**kwargs):
    return kc.MoCo(
        tiny.encoder(), queue_size=16, seed=1, batch_norm_splits=2, **kwargs
    )


def test_keys_of_a_step_are_not_among_its_negatives():
    model = moco()
    outputs = model(VIEWS, training=True)
    keys = slow_unit(outputs["keys"][0])
    similarity = keys @ ops.convert_to_numpy(outputs["negatives"]).T
    assert similarity.max() < 0.999
    held = ops.convert_to_numpy(model.queue.read())
    np.testing.assert_allclose(held[:8], keys, atol=1e-5)


def slow_unit(z):
    z = ops.convert_to_numpy(z)
    return z / np.linalg.norm(z, axis=1, keepdims=True)


def test_keys_come_back_in_the_order_of_the_queries():
    """With one part of batch norm, shuffling must change nothing."""
    model = kc.MoCo(tiny.encoder(), queue_size=12, seed=1)
    keys = model(VIEWS, training=True)["keys"][0]
    plain = model.target(VIEWS[1], training=True)
    np.testing.assert_allclose(
        ops.convert_to_numpy(keys), ops.convert_to_numpy(plain), atol=1e-5
    )


def test_keys_are_normalised_in_other_parts_than_queries():
    model = moco()
    keys = ops.convert_to_numpy(model(VIEWS, training=True)["keys"][0])
    plain = ops.convert_to_numpy(model.target(VIEWS[1], training=True))
    assert np.abs(keys - plain).max() > 1e-3


def test_symmetric_moco_adds_the_other_direction():
    model = moco(symmetric=True)
    outputs = model(VIEWS, training=True)
    assert len(outputs["projections"]) == len(outputs["keys"]) == 2
    total = model.objectives(outputs)["info_nce"]
    parts = [
        kc.losses.softmax_loss(contrast)
        for contrast in model.contrasts(outputs)["info_nce"]
    ]
    np.testing.assert_allclose(
        ops.convert_to_numpy(total),
        ops.convert_to_numpy(parts[0]) + ops.convert_to_numpy(parts[1]),
        rtol=1e-6,
    )


def test_a_smaller_last_batch_enters_the_queue():
    heads = tiny.head("affine"), tiny.head("none")
    model = kc.NNCLR(
        tiny.encoder(), tiny.two_views([tiny.crop()]), *heads, queue_size=16
    )
    model.compile("sgd", run_eagerly=EAGERLY)
    model.fit(images(20), batch_size=8, shuffle=False, verbose=0)
    assert int(ops.convert_to_numpy(model.queue.next_row)) == 20 % 16


def test_neighbors_are_the_nearest_of_earlier_steps():
    model = kc.NNCLR(
        tiny.encoder(), None, tiny.head(), tiny.head(), queue_size=16
    )
    model(VIEWS, training=True)
    support = ops.convert_to_numpy(model.queue.read())
    outputs = model(VIEWS, training=True)
    for z, found in zip(
        outputs["projections"], outputs["neighbors"], strict=True
    ):
        nearest = support[np.argmax(slow_unit(z) @ support.T, axis=1)]
        np.testing.assert_allclose(
            ops.convert_to_numpy(found), nearest, atol=1e-6
        )


def nnclr(**kwargs):
    heads = tiny.head(), tiny.head()
    return kc.NNCLR(tiny.encoder(), None, *heads, queue_size=16, **kwargs)


def test_neighbors_and_predictions_by_nt_xent():
    model = nnclr(loss=kc.losses.NTXent(0.3))
    assert model.objective_names == ("nt_xent",)
    outputs = model(VIEWS, training=True)
    (p1, p2), (n1, n2) = (
        [ops.convert_to_numpy(z) for z in outputs[name]]
        for name in ("predictions", "neighbors")
    )
    both = slow.nt_xent(n1, p2, 0.3) + slow.nt_xent(n2, p1, 0.3)
    np.testing.assert_allclose(
        ops.convert_to_numpy(model.objectives(outputs)["nt_xent"]),
        both / 2,
        rtol=2e-5,
    )
    again = kc.NNCLR.from_config(model.get_config())
    assert again.contrast_loss.get_config() == model.contrast_loss.get_config()
    assert isinstance(again.contrast_loss, kc.losses.NTXent)


@pytest.mark.parametrize("loss", ["nt_xent", kc.losses.VICRegLoss()])
def test_nnclr_needs_a_loss_of_pairs(loss):
    with pytest.raises(ValueError, match="`loss` must"):
        nnclr(loss=loss)


@pytest.mark.parametrize("method", [byol, moco])
def test_targets_get_no_gradient(method):
    model = method()
    model(VIEWS)
    own = {id(weight) for weight in model.target.weights}
    assert not own & {id(weight) for weight in model.trainable_weights}
    assert len(numpy_weights(model)) == len({id(w) for w in model.weights})


def test_sim_siam_needs_no_copy():
    model = kc.SimSiam(tiny.encoder(), None, tiny.head(), tiny.head("bias"))
    outputs = model(VIEWS, training=True)
    for target, z in zip(
        outputs["targets"], outputs["projections"], strict=True
    ):
        np.testing.assert_array_equal(
            ops.convert_to_numpy(target), ops.convert_to_numpy(z)
        )

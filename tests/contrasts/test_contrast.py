"""The value that all losses of pairs, and all records, read."""

import dataclasses

import keras
import numpy as np
import pytest
from keras import ops

import keras_contrastive as kc
from keras_contrastive.contrasts import (
    Contrast,
    Mixing,
    among,
    both_directions,
    in_batch,
    in_memory,
    pairs,
)
from keras_contrastive.contrasts.contrast import without
from keras_contrastive.contrasts.scores import read_scores
from tests import slow_losses
from tests.losses.pairs import random_pair

UNITS = 5


def unit_rows(*shape, seed=0):
    rng = np.random.default_rng(seed)
    return slow_losses.unit(rng.normal(size=shape)).astype("float32")


def array(tensor):
    return ops.convert_to_numpy(tensor)


def in_batch_pair():
    return in_batch(*random_pair(), temperature=0.3)


def one_of_both_directions():
    contrast, _ = both_directions(
        *random_pair(), temperature=0.3, negative_temperature=0.4
    )
    return contrast


def with_a_queue():
    return among(*random_pair(), unit_rows(9, UNITS), temperature=0.3)


def with_own_negatives():
    contrast = among(*random_pair(), unit_rows(6, 9, UNITS), temperature=0.3)
    noise = ops.convert_to_tensor(np.linspace(-1, 1, 6).astype("float32"))
    return dataclasses.replace(
        contrast, log_noise=noise, negative_temperature=0.4
    )


def with_all_rows():
    queries, _ = random_pair()
    index = np.array([3, 0, 8, 3, 1, 2])
    return in_memory(queries, unit_rows(9, UNITS), index, temperature=0.3)


def equivariant():
    y = unit_rows(3, 2, UNITS), unit_rows(3, 2, UNITS, seed=1)
    loss = kc.losses.EquivariantNTXent(sibling_negatives=False)
    return loss.contrasts(*y)[0]


def mixed():
    """As feature transformation leaves a contrast within the batch."""
    contrast = one_of_both_directions()
    order = ops.convert_to_tensor([9, 8, 7, 6, 5, 4, 3, 2, 1, 0])
    return dataclasses.replace(
        contrast,
        keys=1.5 * contrast.keys,
        own=None,
        left_out=contrast.no_negatives,
        mixing=Mixing(order, ops.convert_to_tensor([[0.7]])),
    )


def without_candidates():
    return pairs(*random_pair())


KINDS = {
    "in batch": in_batch_pair,
    "both directions": one_of_both_directions,
    "queue": with_a_queue,
    "own negatives": with_own_negatives,
    "all rows": with_all_rows,
    "equivariant": equivariant,
    "mixed": mixed,
    "pairs": without_candidates,
}
with_negatives = pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if kind != "pairs"]
)
LOSSES = {
    "softmax": kc.losses.SOFTMAX,
    "DCL": kc.losses.DECOUPLED,
    "NCE": kc.losses.NCE,
    "MIO": kc.losses.MIOLoss().pair_loss,
    "MIO, pooled": kc.losses.MIOLoss(balance=False).pair_loss,
    "MIO, no repulsion": kc.losses.MIOLoss(positive_repulsion=False).pair_loss,
    "regression": kc.losses.REGRESSION,
    "cosine": kc.losses.COSINE,
    "scaled": kc.losses.SOFTMAX.scaled(3.0),
}


def made(kind):
    """A contrast with all that any of the losses reads."""
    contrast = KINDS[kind]()
    noise = contrast.log_noise
    if noise is None:
        noise = ops.zeros(tuple(contrast.queries.shape[:1])) + 0.5
    return dataclasses.replace(
        contrast, log_noise=noise, negative_temperature=0.4
    )


def slow_scores(contrast):
    """Positives and negatives of each query, by loops."""
    q, k, c = (
        array(x).astype("float64")
        for x in (contrast.queries, contrast.keys, contrast.candidates)
    )
    positives, negatives = [], []
    for i in range(len(q)):
        skipped = {int(array(place)[i]) for place in contrast.left_out}
        if contrast.own is not None:
            skipped.add(int(array(contrast.own)[i]))
        rows = c[i] if c.ndim == 3 else c
        scores = [q[i] @ r for j, r in enumerate(rows) if j not in skipped]
        if contrast.mixing is not None:
            scores = slow_losses.interpolate(
                scores,
                array(contrast.mixing.order),
                float(array(contrast.mixing.share)[0, 0]),
            )
        positives.append(q[i] @ k[i])
        negatives.append(scores)
    return np.array(positives), np.array(negatives)


@with_negatives
def test_scores_equal_the_loop(kind):
    contrast = KINDS[kind]()
    found, slow = contrast.scores(), slow_scores(contrast)
    for tensor, expected in zip(found, slow, strict=True):
        np.testing.assert_allclose(array(tensor), expected, atol=2e-6)


@with_negatives
def test_softmax_equals_the_loop(kind):
    contrast = KINDS[kind]()
    t = contrast.temperature
    slow = [
        slow_losses.log_sum_exp([p / t, *(n / t)]) - p / t
        for p, n in zip(*slow_scores(contrast), strict=True)
    ]
    np.testing.assert_allclose(
        array(kc.losses.softmax_loss(contrast)), slow, rtol=1e-5
    )


@with_negatives
def test_dcl_equals_the_loop(kind):
    contrast = KINDS[kind]()
    t = contrast.temperature
    slow = [
        slow_losses.log_sum_exp(n / t) - p / t
        for p, n in zip(*slow_scores(contrast), strict=True)
    ]
    np.testing.assert_allclose(
        array(kc.losses.dcl_loss(contrast)), slow, rtol=1e-4, atol=1e-6
    )


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("kind", KINDS)
def test_blocks_of_rows_equal_the_whole(kind, loss):
    if kind == "pairs" and LOSSES[loss].has_negatives:
        pytest.skip("has no negatives")
    contrast, values = made(kind), LOSSES[loss].values
    blocks = [contrast.rows(0, 4), contrast.rows(4, 6)]
    assert blocks[1].queries.shape[0] == 2
    whole = array(values(contrast))
    parts = np.concatenate([array(values(block)) for block in blocks])
    np.testing.assert_allclose(parts, whole, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("loss", LOSSES)
@with_negatives
def test_slopes_are_derivatives_by_the_scores(kind, loss):
    """Similarities are moved one by one, each a vector's only number."""
    contrast, pair_loss = made(kind), LOSSES[loss]
    positives, negatives = map(array, contrast.scores())
    pull, push = pair_loss.slopes(
        contrast, *map(ops.convert_to_tensor, (positives, negatives))
    )

    def values(positives, negatives):
        moved = Contrast(
            ops.ones((len(positives), 1)),
            ops.convert_to_tensor(positives[:, None].astype("float32")),
            ops.convert_to_tensor(negatives[..., None].astype("float32")),
            temperature=contrast.temperature,
            negative_temperature=contrast.negative_temperature,
            log_noise=contrast.log_noise,
        )
        found = array(pair_loss.values(moved)).astype("float64")
        if loss.startswith("MIO"):  # its regularizer is not counted
            found = found - (1 - positives) ** 2
        return found

    h = 1e-2
    slope = values(positives + h, negatives) - values(positives - h, negatives)
    np.testing.assert_allclose(
        array(pull), -slope / (2 * h), rtol=2e-2, atol=1e-3
    )
    if not pair_loss.has_negatives:
        assert push is None
        return
    for place in (0, negatives.shape[1] - 1):
        step = np.zeros_like(negatives)
        step[:, place] = h
        slope = values(positives, negatives + step)
        slope = (slope - values(positives, negatives - step)) / (2 * h)
        np.testing.assert_allclose(
            array(push)[:, place], slope, rtol=2e-2, atol=1e-3
        )


def test_the_positive_is_read_where_the_negatives_are():
    contrast = in_batch_pair()
    positives, products = contrast.similarities()
    own = np.diag(array(products))
    np.testing.assert_array_equal(array(positives), own)


def test_scores_of_several_contrasts_follow_each_other():
    contrasts = both_directions(*random_pair(), temperature=0.3)
    scores = read_scores(contrasts, kc.losses.SOFTMAX.slopes)
    assert scores.negatives.shape == scores.push.shape == (12, 10)
    first, _ = contrasts[0].scores()
    np.testing.assert_array_equal(array(scores.positives)[:6], array(first))
    np.testing.assert_array_equal(
        array(scores.raw_positives), array(scores.positives)
    )


def test_columns_are_left_out_row_by_row():
    scores = np.arange(10.0).reshape(2, 5)
    left_out = (np.array([4, 0]), np.array([1, 3]))
    np.testing.assert_array_equal(
        array(without(ops.convert_to_tensor(scores), left_out)),
        [[0, 2, 3], [6, 7, 9]],
    )


def test_other_images_of_the_batch_are_no_negatives_of_a_queue():
    keys, queries = random_pair()
    queue = unit_rows(9, UNITS)
    few = among(queries[:2], keys[:2], queue, temperature=0.2)
    all_of_them = among(queries, keys, queue, temperature=0.2)
    np.testing.assert_allclose(
        array(kc.losses.softmax_loss(all_of_them))[:2],
        array(kc.losses.softmax_loss(few)),
        rtol=1e-5,
    )


def test_half_precision_is_compared_in_float32():
    half = [x.astype("float16") for x in random_pair()]
    queue = unit_rows(9, UNITS).astype("float16")
    for contrast in (in_batch(*half), among(*half, queue)):
        _, products = contrast.similarities()
        assert keras.backend.standardize_dtype(products.dtype) == "float32"


@pytest.mark.parametrize("make", [in_batch, both_directions, pairs])
def test_unequal_embeddings_are_named(make):
    first, second = random_pair()
    with pytest.raises(ValueError, match="same shape .batch, units"):
        make(first, second[:3])
    if make is not pairs:
        with pytest.raises(ValueError, match="one image alone"):
            make(first[:1], second[:1])

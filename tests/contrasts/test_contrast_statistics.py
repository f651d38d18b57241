"""Statistics in blocks of queries are those of all at once."""

import keras
import numpy as np
import pytest
from keras import ops

import keras_contrastive as kc
from keras_contrastive.contrasts import _row_blocks
from keras_contrastive.contrasts._contrast_statistics import (
    contrast_statistics,
    sampled_negatives,
)
from tests.losses.pairs import random_pair

ORDER, SHARE = np.arange(24)[::-1], np.full((1, 1), 0.7, "float32")


def mixed():
    """As feature transformation leaves them: own key apart, others mixed."""
    contrasts = kc.contrasts.both_directions(*random_pair(13), temperature=0.2)
    mixing = kc.contrasts.Mixing(ORDER, SHARE)
    return [
        kc.contrasts.Contrast(
            c.queries,
            c.keys,
            c.candidates,
            left_out=c.no_negatives,
            temperature=0.2,
            mixing=mixing,
            raw_positives=c.paired(),
        )
        for c in contrasts
    ]


CASES = {
    "two directions": lambda: kc.contrasts.both_directions(
        *random_pair(13), temperature=0.2
    ),
    "one direction": lambda: [
        kc.contrasts.in_batch(*random_pair(13), temperature=0.2)
    ],
    "a queue": lambda: [
        kc.contrasts.among(*random_pair(13), random_pair(40)[0])
    ],
    "mixed": mixed,
}


@pytest.mark.parametrize("case", CASES)
def test_in_blocks_as_at_once(case, monkeypatch):
    contrasts = CASES[case]()
    found = []
    for dense in (2**24, 0):
        monkeypatch.setattr(_row_blocks, "DENSE", dense)
        monkeypatch.setattr(_row_blocks, "LEAST", 1)
        monkeypatch.setattr(_row_blocks, "BLOCK", 100)
        found.append(contrast_statistics(contrasts, kc.losses.SOFTMAX.slopes))
    at_once, in_blocks = found
    assert list(at_once) == list(in_blocks)
    for name, expected in at_once.items():
        if name in ("negative_histogram", "negative_quantiles"):
            # Of other negatives, more of these few than there are.
            np.testing.assert_allclose(in_blocks[name], expected, atol=0.05)
        else:
            np.testing.assert_allclose(in_blocks[name], expected, 1e-5, 1e-6)


@pytest.mark.parametrize("case", CASES)
def test_sampled_are_negatives_of_every_query_and_column(case):
    for contrast in CASES[case]():
        _, negatives = contrast.scores()
        negatives = ops.convert_to_numpy(negatives)
        found = ops.convert_to_numpy(sampled_negatives(contrast, 4096))
        rows = np.arange(4096) * len(negatives) // 4096
        distance = np.abs(negatives[rows] - found[:, None])
        assert distance.min(axis=1).max() < 1e-6
        columns = distance.argmin(axis=1)
        assert len({*zip(rows, columns, strict=True)}) == negatives.size


def test_a_recorder_of_large_batches(monkeypatch):
    found = []
    for dense in (2**24, 40):
        monkeypatch.setattr(_row_blocks, "DENSE", dense)
        monkeypatch.setattr(_row_blocks, "LEAST", 1)
        monkeypatch.setattr(_row_blocks, "BLOCK", 64)
        keras.utils.set_random_seed(0)
        x = np.random.default_rng(0).random((2, 12, 8, 8, 3), "float32")
        encoder = keras.Sequential(
            [keras.layers.Flatten(), keras.layers.Dense(4)], name="encoder"
        )
        model = kc.SimCLR(encoder, projector=keras.layers.Dense(4))
        model.compile(keras.optimizers.SGD(0.1))
        recorder = kc.callbacks.ScoreRecorder()
        model.fit(tuple(x), batch_size=8, callbacks=[recorder], verbose=0)
        found.append(recorder.records)
    for name, expected in found[0].items():
        if not name.startswith("negative_"):
            np.testing.assert_allclose(found[1][name], expected, 1e-4, 1e-5)
    assert len(expected) == 2

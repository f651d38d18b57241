import dataclasses

import numpy as np
import pytest
from keras import ops

from keras_contrastive.contrasts import Scores
from keras_contrastive.contrasts._statistics import SAMPLE
from keras_contrastive.metrics import score_statistics
from tests.contrasts.given_scores import softmax_scores

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)


def numpy_statistics(positives, negatives, temperature):
    """Loops over queries, in float64."""
    rows = []
    for positive, row in zip(positives, negatives, strict=True):
        row = row.astype("float64")
        logits = np.concatenate([[positive], row]) / temperature
        shares = np.exp(logits) / np.exp(logits).sum()
        push = shares[1:] / temperature
        rows.append(
            {
                "negative_mean": row.sum() / len(row),
                "negative_variance": ((row - row.mean()) ** 2).sum()
                / (len(row) - 1),
                "positive_exp": np.exp(positive / temperature),
                "negative_exp": np.exp(row / temperature).mean(),
                "hardest_negative": max(row),
                "pretext_accuracy": float(all(positive > row)),
                "positive_gradient": (1 - shares[0]) / temperature,
                "negative_gradient": sum(push),
                "hardest_share": max(push) / sum(push),
            }
        )
    found = {name: np.mean([row[name] for row in rows]) for name in rows[0]}
    found["positive_mean"] = positives.mean(dtype="float64")
    found["raw_positive_mean"] = found["positive_mean"]
    found["positive_variance"] = positives.var(dtype="float64")
    for kind, values in (("positive", positives), ("negative", negatives)):
        values = values.ravel()
        found[f"{kind}_quantiles"] = np.quantile(values, LEVELS)
        clipped = np.clip(values, -1 + 1e-6, 1 - 1e-6)
        counts, _ = np.histogram(clipped, np.linspace(-1, 1, 65))
        found[f"{kind}_histogram"] = counts / len(values)
    return found


def random_scores(queries=12, number=40, scale=0.4):
    rng = np.random.default_rng(0)
    positives = rng.normal(0.5, scale, queries).astype("float32")
    negatives = rng.normal(0, scale, (queries, number)).astype("float32")
    return positives, negatives


def statistics(*args):
    found = score_statistics(softmax_scores(*args))
    return {name: ops.convert_to_numpy(x) for name, x in found.items()}


@pytest.mark.parametrize("temperature", [0.07, 0.5])
def test_equal_a_recomputation(temperature):
    # Some scores lie outside [-1, 1], as after a transformation.
    given = random_scores(scale=0.8)
    found = statistics(*given, temperature)
    expected = numpy_statistics(*given, temperature)
    assert set(found) == set(expected)
    for name, values in expected.items():
        np.testing.assert_allclose(
            found[name], values, rtol=2e-5, atol=1e-6, err_msg=name
        )


def test_large_sets_are_sampled_evenly():
    positives, negatives = random_scores(queries=100, number=101)
    found = statistics(positives, negatives, 0.2)
    stride = -(-negatives.size // SAMPLE)
    stride += 1 - stride % 2
    taken = negatives.ravel()[::stride]
    assert len(taken) <= SAMPLE
    np.testing.assert_allclose(
        found["negative_quantiles"], np.quantile(taken, LEVELS), atol=1e-6
    )
    # All others are of all scores.
    assert found["negative_mean"] == pytest.approx(negatives.mean(), abs=1e-6)


def test_samples_of_a_queue_are_not_always_the_same_keys():
    negatives = np.tile(np.linspace(-1, 1, 4096, dtype="float32"), (64, 1))
    found = statistics(np.zeros(64, "float32"), negatives, 0.2)
    assert (found["negative_histogram"] > 0).all()
    np.testing.assert_allclose(
        found["negative_quantiles"], np.quantile(negatives, LEVELS), atol=5e-3
    )


def test_a_single_negative_has_no_variance():
    positives, negatives = random_scores(number=1)
    found = statistics(positives, negatives, 0.2)
    assert found["negative_variance"] == 0


def test_a_draw_is_no_success():
    found = statistics(np.ones(2, "float32"), np.ones((2, 3), "float32"), 0.2)
    assert found["pretext_accuracy"] == 0


def test_each_side_has_its_temperature():
    positives, negatives = random_scores()
    scores = softmax_scores(positives, negatives, 0.5)
    scores = dataclasses.replace(scores, negative_temperature=0.2)
    found = score_statistics(scores)
    for name, values in (
        ("positive_exp", np.exp(positives / 0.5)),
        ("negative_exp", np.exp(negatives / 0.2)),
    ):
        mean = float(ops.convert_to_numpy(found[name]))
        assert mean == pytest.approx(values.mean(), rel=1e-4)


def test_without_negatives():
    positives, _ = random_scores()
    found = score_statistics(Scores(positives, pull=np.ones_like(positives)))
    assert {name.split("_")[0] for name in found} == {"positive", "raw"}


def test_positives_before_a_transformation():
    positives, negatives = random_scores()
    scores = softmax_scores(positives, negatives, 0.2)
    scores = dataclasses.replace(scores, raw_positives=positives + 1)
    found = score_statistics(scores)
    raw = float(ops.convert_to_numpy(found["raw_positive_mean"]))
    assert raw == pytest.approx(positives.mean() + 1, abs=1e-6)


def test_the_papers_numbers_of_two_queries():
    # Queue and pairs of the note's second batch, before a transformation.
    queue = np.array([[0, 1], [-1, 0], [0.8, -0.6]], "float32")
    q = np.array([[1, 0], [0, 1]], "float32")
    k = np.array([[0.6, 0.8], [-0.6, 0.8]], "float32")
    found = statistics((q * k).sum(axis=1), q @ queue.T, 0.5)
    expected = {
        "negative_variance": 0.73333333,
        "negative_mean": 0.03333333,
        "positive_mean": 0.7,
        "positive_variance": 0.01,
    }
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, abs=1e-6)

import math

import numpy as np
import pytest

from keras_contrastive.contrasts import Scores
from keras_contrastive.metrics import mutual_information
from tests.contrasts.given_scores import softmax_scores


def best_possible(values, candidates):
    """InfoNCE's bound where views share one of so many equal values."""
    p, n = 1 / values, candidates - 1
    shares = [math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)]
    hits = [math.log(1 + k) for k in range(n + 1)]
    return math.log(candidates) - sum(
        share * hit for share, hit in zip(shares, hits, strict=True)
    )


def scores_of_codes(values, candidates, queries=4000, temperature=0.01):
    """Cosines of one-hot codes of the shared value."""
    rng = np.random.default_rng(0)
    own = rng.integers(0, values, queries)
    others = rng.integers(0, values, (queries, candidates - 1))
    negatives = (others == own[:, None]).astype("float32")
    return softmax_scores(np.ones(queries, "float32"), negatives, temperature)


@pytest.mark.parametrize(
    "values, candidates, exact",
    [(2, 8, 0.6255), (10, 32, 2.1488), (8, 192, 2.0611), (10, 256, 2.2849)],
)
def test_info_nce_of_one_shared_factor(values, candidates, exact):
    assert best_possible(values, candidates) == pytest.approx(exact, abs=1e-4)
    found = mutual_information(scores_of_codes(values, candidates))
    assert abs(found["info_nce"] - exact) < 4 * found["error"]
    assert found["cap"] == pytest.approx(math.log(candidates))
    assert found["error"] < 0.02


def test_others_of_one_shared_factor():
    values = 10
    found = mutual_information(scores_of_codes(values, 256))
    assert found["nwj"] == pytest.approx(math.log(values), abs=0.01)
    same, whole = 1 / values, 1 + 1 / values
    exact = 0.5 * math.log(2 / whole) + 0.5 * (
        same * math.log(2 * same / whole) + (1 - same) * math.log(2)
    )
    assert found["jensen_shannon"] == pytest.approx(exact, abs=0.01)


def test_equals_loops():
    rng = np.random.default_rng(0)
    positives = rng.normal(0.5, 0.3, 6).astype("float32")
    negatives = rng.normal(0, 0.3, (6, 5)).astype("float32")
    found = mutual_information(softmax_scores(positives, negatives, 0.2))
    losses = []
    for s, row in zip(positives / 0.2, negatives / 0.2, strict=True):
        losses.append(
            -math.log(math.exp(s) / (math.exp(s) + np.exp(row).sum()))
        )
    assert found["info_nce"] == pytest.approx(
        math.log(6) - np.mean(losses), rel=1e-5
    )
    error = np.std(losses) / math.sqrt(6)
    assert found["error"] == pytest.approx(error, rel=1e-5)
    flat = (negatives / 0.2).ravel()
    constant = math.log(sum(map(math.exp, flat)) / len(flat))
    f = positives / 0.2 - constant
    assert found["nwj"] == pytest.approx(f.mean(), rel=1e-5)
    js = math.log(2) - 0.5 * np.mean([math.log1p(math.exp(-x)) for x in f])
    js -= 0.5 * np.mean([math.log1p(math.exp(x - constant)) for x in flat])
    assert found["jensen_shannon"] == pytest.approx(js, rel=1e-5)


def test_unrelated_views_share_nothing():
    scores = np.zeros(8, "float32"), np.zeros((8, 20), "float32")
    found = mutual_information(softmax_scores(*scores, 0.1))
    for name in ("info_nce", "nwj", "jensen_shannon", "error"):
        assert found[name] == pytest.approx(0, abs=1e-9)


def test_bits():
    scores = scores_of_codes(4, 16)
    nats, bits = (mutual_information(scores, unit=u) for u in ("nats", "bits"))
    for name, value in nats.items():
        assert bits[name] == pytest.approx(value / math.log(2))


def test_bad_arguments():
    positives = np.ones(3, "float32")
    with pytest.raises(ValueError, match="`scores` must have negatives"):
        mutual_information(Scores(positives))
    with pytest.raises(ValueError, match="`unit` must be"):
        mutual_information(scores_of_codes(2, 8), unit="bans")

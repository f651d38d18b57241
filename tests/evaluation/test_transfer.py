import functools
import json

import numpy as np
import pytest

from keras_contrastive.evaluation import (
    Report,
    fine_tune,
    knn,
    ridge_probe,
    transfer,
)
from tests.evaluation.test_fine_tune import make_encoder, unchanged
from tests.evaluation.test_linear_probe import blobs

SETS = {
    "first": (blobs(30, seed=1), blobs(40, seed=2)),
    "second": (blobs(30, seed=3), blobs(40, seed=4)),
}


@pytest.mark.parametrize(
    "probe, kwargs", [(ridge_probe, {"seed": 2}), (knn, {"k": 3})]
)
def test_is_the_probe_on_each_set(probe, kwargs):
    found = transfer(None, SETS, probe=probe, **kwargs)
    reports = {
        name: probe(None, *pair, **kwargs) for name, pair in SETS.items()
    }
    each = {name: report.accuracy for name, report in reports.items()}
    assert found.metrics == {**each, "mean": sum(each.values()) / 2}
    assert found.tried == [
        {"dataset": name, **setting}
        for name, report in reports.items()
        for setting in report.tried
    ]
    assert found.settings == {"probe": probe.__name__, **kwargs}
    assert "second" in str(found)


@pytest.mark.filterwarnings("ignore:`fine_tune` made")
def test_fine_tuning_is_a_probe_too():
    settings = {"views": unchanged(), "epochs": 2, "learning_rate": 0.1}
    found = transfer(make_encoder(), SETS, probe=fine_tune, **settings)
    assert set(found.metrics) == {"first", "second", "mean"}


def test_settings_of_any_kind_go_to_json_and_over_seeds():
    probe = functools.partial(ridge_probe, validation=0.3)
    found = [
        transfer(None, SETS, probe=probe, penalties=np.logspace(-1, 1, 3))
        for _ in range(2)
    ]
    json.dumps(found[0].to_dict())
    mean = Report.over_seeds(found)
    np.testing.assert_allclose(mean.settings["penalties"], [0.1, 1, 10])
    seed = np.int64(3)
    json.dumps(ridge_probe(None, *SETS["first"], seed=seed).to_dict())


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="data set called 'mean'"):
        transfer(None, {"mean": SETS["first"]})
    with pytest.raises(ValueError, match="`datasets` must be a dictionary"):
        transfer(None, [SETS["first"]])
    with pytest.raises(ValueError, match="`datasets` must be a dictionary"):
        transfer(None, {})
    with pytest.raises(ValueError, match=r"`datasets\['first'\]` must be"):
        transfer(None, {"first": SETS["first"][:1]})
    with pytest.raises(ValueError, match=r"`datasets\['first'\]`.*None"):
        transfer(None, {"first": None})
    with pytest.raises(ValueError, match="`probe` must return a `Report` with"):
        transfer(None, SETS, probe=knn, k=[1, 3])
    train, _ = SETS["first"]
    with pytest.raises(
        ValueError, match="`probe` on 'same': `test` must hold other"
    ):
        transfer(None, {**SETS, "same": (train, train)}, probe=ridge_probe)

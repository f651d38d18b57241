import dataclasses
import json

import pytest

from keras_contrastive.evaluation import Report

REPORT = Report("k-NN", {"accuracy": 0.8182}, {"k": 20, "temperature": 0.07})


def test_prints_as_a_table():
    assert str(REPORT) == (
        "k-NN\n  accuracy     0.8182\n  k            20\n  temperature  0.07"
    )


def test_goes_to_json():
    assert json.loads(json.dumps(REPORT.to_dict())) == {
        "name": "k-NN",
        "metrics": {"accuracy": 0.8182},
        "settings": {"k": 20, "temperature": 0.07},
        "spreads": {},
    }


def test_cannot_be_changed():
    assert REPORT.accuracy == 0.8182
    with pytest.raises(dataclasses.FrozenInstanceError):
        REPORT.name = "other"

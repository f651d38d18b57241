import dataclasses
import json
import sys

import pytest

from keras_contrastive.evaluation import Report

REPORT = Report(
    "k-NN", {"accuracy": 0.8182}, settings={"k": 20, "temperature": 0.07}
)


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
        "tried": [],
        "values": {},
        "recalls": {},
        "predictions": None,
        "class_names": None,
    }


def test_cannot_be_changed():
    assert REPORT.accuracy == 0.8182
    with pytest.raises(dataclasses.FrozenInstanceError):
        REPORT.name = "other"


def test_goes_to_a_frame():
    pandas = pytest.importorskip("pandas")
    report = Report(
        "k-NN", {"accuracy": 0.8}, settings={"k": 20}, spreads={"accuracy": 0.1}
    )
    frame = report.to_frame()
    assert isinstance(frame, pandas.DataFrame)
    assert frame.to_dict("records") == [
        {"name": "k-NN", "accuracy": 0.8, "accuracy ±": 0.1, "k": 20}
    ]


def test_a_frame_without_pandas_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match=r"keras-contrastive\[eval\]"):
        REPORT.to_frame()


def test_means_over_seeds():
    found = Report.over_seeds(
        Report("k-NN", {"accuracy": a}, settings={"k": 20, "seed": s})
        for s, a in enumerate([0.1, 0.2, 0.6])
    )
    assert found.accuracy == pytest.approx(0.3)
    # Squares of -0.2, -0.1 and 0.3 sum to 0.14, over two.
    assert found.spreads["accuracy"] == pytest.approx(0.07**0.5)
    assert found.values == {"accuracy": [0.1, 0.2, 0.6]}
    assert found.settings == {"k": 20, "seeds": 3}
    assert "0.3000 ± 0.2646" in str(found)


def test_only_like_reports_have_a_mean():
    for others in ([], [Report("k-NN", {"accuracy_k1": 0.1})]):
        with pytest.raises(ValueError, match="`reports`.*two or more"):
            Report.over_seeds([REPORT, *others])


def test_a_setting_with_the_name_of_a_metric_hides_nothing():
    report = Report("transfer", {"dim": 0.5}, settings={"dim": 768})
    assert [line.split() for line in str(report).split("\n")[1:]] == [
        ["dim", "0.5000"],
        ["dim", "768"],
    ]
    assert report.to_frame()["dim"].tolist() == [0.5]

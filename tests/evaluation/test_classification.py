import json

import numpy as np
import pytest

from keras_contrastive.evaluation import Report
from keras_contrastive.evaluation._class_pair import ClassPair
from keras_contrastive.evaluation._classification import classification_report

NAMES = ["ant", "bee", "cat", "dog"]
# No image of class 3 is tested on, though one is taken for it.
LABELS = np.array([0] * 60 + [1] * 4 + [2] * 16)
PREDICTED = np.concatenate(
    [[0] * 57, [1] * 3, [0] * 3, [1], [2] * 8, [3] * 8]
).astype("int64")


def report(names=NAMES, predicted=PREDICTED):
    pair = ClassPair(
        train=np.zeros((90, 5)),
        train_labels=np.arange(90) % 4,
        test=np.zeros((80, 5)),
        test_labels=LABELS,
        class_names=names,
        unlabeled={},
    )
    return classification_report("test", pair, predicted, settings={"k": 1})


def test_recalls_and_their_mean():
    found = report()
    assert found.recalls == {"ant": 0.95, "bee": 0.25, "cat": 0.5}
    assert found.metrics == pytest.approx(
        {"accuracy": 66 / 80, "balanced_accuracy": (0.95 + 0.25 + 0.5) / 3}
    )
    assert found.settings["classes"] == 4
    assert list(report(names=None).recalls) == [0, 1, 2]


@pytest.mark.filterwarnings("ignore:y_pred contains classes")
def test_agrees_with_scikit_learn():
    metrics = pytest.importorskip("sklearn.metrics")
    found = report()
    assert found.metrics["balanced_accuracy"] == pytest.approx(
        metrics.balanced_accuracy_score(LABELS, PREDICTED)
    )
    recalls = metrics.recall_score(
        LABELS, PREDICTED, average=None, labels=range(3)
    )
    assert list(found.recalls.values()) == pytest.approx(list(recalls))


def test_goes_to_json_and_prints_the_worst_class():
    for names in (NAMES, None):
        found = report(names)
        content = json.loads(json.dumps(found.to_dict()))
        assert content["predictions"] == PREDICTED.tolist()
        assert content["class_names"] == names
        assert list(content["recalls"].values()) == [0.95, 0.25, 0.5]
    assert str(report()).endswith("worst class        bee, 0.2500")
    assert "predictions" not in repr(found)
    assert found == report(names=None) != report()


def test_recalls_over_seeds_are_means():
    found = Report.over_seeds([report(), report(predicted=LABELS)])
    assert found.recalls == {"ant": 0.975, "bee": 0.625, "cat": 0.75}
    assert found.predictions is None and found.class_names == NAMES

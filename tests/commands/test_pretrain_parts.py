"""What the command counts and picks."""

import types

import numpy as np
import pytest

from keras_contrastive import visualization
from keras_contrastive.commands import _figures
from keras_contrastive.commands._training_probe import some_images
from keras_contrastive.commands.pretrain._confidence import confidence_interval
from keras_contrastive.commands.pretrain._expected_time import (
    ExpectedTime,
    in_words,
)
from keras_contrastive.commands.pretrain._report import alarms
from keras_contrastive.data import from_arrays


def test_wilson_of_few():
    # Brown, Cai and DasGupta, 2001: the interval around (n p + 2) / (n + 4).
    low, high = confidence_interval(0.9, 30)
    assert (round(low, 3), round(high, 3)) == (0.744, 0.965)
    assert confidence_interval(0, 10)[0] == 0
    assert confidence_interval(1, 10)[1] == 1


def test_durations_in_words():
    seconds = (30, 119, 3600, 7200, 200_000)
    assert [in_words(each) for each in seconds] == [
        "30 seconds",
        "119 seconds",
        "60.0 minutes",
        "2.0 hours",
        "2.3 days",
    ]


@pytest.mark.parametrize("per_epoch", [1, 4])
def test_tells_the_time_however_short_an_epoch_is(per_epoch, capsys):
    expected = ExpectedTime(100)
    optimizer = types.SimpleNamespace(iterations=10)
    expected.set_model(types.SimpleNamespace(optimizer=optimizer))
    expected.set_params({"steps": per_epoch})
    expected.on_train_begin()
    for epoch in range(20):
        expected.on_epoch_begin(epoch)
        for batch in range(per_epoch):
            expected.on_train_batch_end(batch)
    (line,) = capsys.readouterr().out.splitlines()[1:]
    assert " for 90 steps that are left: " in line


def test_looks_at_pictures_of_the_whole_folder():
    images = np.arange(100, dtype="uint8").reshape(100, 1, 1, 1)
    source = from_arrays(images, batch_size=10).source
    found = some_images(source, 4).ravel()
    np.testing.assert_array_equal(found, [0, 33, 66, 99])
    assert len(some_images(source, 200)) == 100


def test_the_figure_of_features_has_all_classes(monkeypatch):
    labels = np.repeat([0, 1], 10)  # sorted, as a folder is
    features = np.zeros((20, 2))
    drawn = []
    monkeypatch.setattr(_figures, "POINTS", 4)
    monkeypatch.setattr(
        _figures, "extract_features", lambda *_: (features, labels)
    )
    monkeypatch.setattr(
        visualization,
        "plot_embedding",
        lambda _, labels, class_names: drawn.extend(labels),
    )
    _figures.embedding_figure(None, types.SimpleNamespace(class_names=None))
    assert drawn == [0, 0, 1, 1]


@pytest.mark.parametrize(
    "found, is_long, text",
    [
        ([], True, ">No alarms.</p>"),
        ([], False, "too short to judge whether it collapsed."),
        (["step 1: not finite"], False, "step 1: not finite"),
    ],
)
def test_alarms_are_told_of_what_was_judged(found, is_long, text):
    results = {"alarms": found, "long enough for the guard": is_long}
    assert text in "".join(alarms(results))

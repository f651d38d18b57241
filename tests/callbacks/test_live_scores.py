import sys
import types

import keras
import matplotlib.pyplot as plt
import numpy as np
import pytest

from keras_contrastive.callbacks import LiveScores, ScoreRecorder
from keras_contrastive.visualization import _score_curves as score_curves
from tests.conformance import training
from tests.fake_scores import fake_records

plot_score_curves = score_curves.plot_score_curves


class Recorder(keras.callbacks.Callback):
    """Stands for a `ScoreRecorder`: so many steps an epoch."""

    def __init__(self, per_epoch=10, **kwargs):
        super().__init__()
        self.records, self.per_epoch, self.kwargs = {}, per_epoch, kwargs

    def on_epoch_end(self, epoch, logs=None):
        self.records = fake_records(
            (epoch + 1) * self.per_epoch, self.per_epoch, **self.kwargs
        )


@pytest.fixture
def shown(monkeypatch):
    """A notebook's outputs, each the list of pictures it has shown."""
    outputs = []

    def display(picture, display_id):
        assert display_id is True
        outputs.append([picture])
        return types.SimpleNamespace(update=outputs[-1].append)

    def image(data, format):
        assert format == "png"
        return data

    module = types.SimpleNamespace(display=display, Image=image)
    ipython = types.SimpleNamespace(
        display=module, version_info=(9,), get_ipython=lambda: None
    )
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", module)
    return outputs


@pytest.fixture
def drawn(monkeypatch):
    """What `plot_score_curves` was called with."""
    calls = []

    def plot(runs, *, names, **kwargs):
        ((_, records),) = runs.items()
        calls.append({"records": records, "names": list(names), **kwargs})
        return plot_score_curves(runs, names=names, **kwargs)

    monkeypatch.setattr(score_curves, "plot_score_curves", plot)
    return calls


def train(callbacks, epochs):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(loss="mse", run_eagerly=True)
    model.fit(
        np.zeros((4, 2)),
        np.zeros((4, 1)),
        epochs=epochs,
        verbose=0,
        callbacks=callbacks,
    )


def test_one_output_is_replaced_at_every_epoch(shown, drawn):
    recorder = Recorder()
    train([recorder, LiveScores(recorder)], epochs=3)
    ((first, second, third),) = shown
    for picture in (first, second, third):
        assert picture.startswith(b"\x89PNG\r\n")
    assert len({first, second, third}) == 3
    titles = [call["title"] for call in drawn]
    assert titles == ["after epoch 1", "after epoch 2", "after epoch 3"]
    assert [len(call["records"]["step"]) for call in drawn] == [10, 20, 30]
    names = ["negative_variance", "negative_mean", "positive_mean"]
    assert all(call["names"] == names for call in drawn)


def test_no_figure_is_left_open(shown):
    recorder = Recorder()
    train([recorder, LiveScores(recorder)], epochs=2)
    assert len(shown[0]) == 2 and plt.get_fignums() == []


def test_draws_every_few_epochs(shown, drawn):
    recorder = Recorder()
    live = LiveScores(recorder, every=2, names=["pretext_accuracy"])
    train([recorder, live], epochs=5)
    assert [call["title"][-1] for call in drawn] == ["2", "4"]
    assert drawn[0]["names"] == ["pretext_accuracy"]


def test_each_training_has_an_output_of_its_own(shown):
    recorder = Recorder()
    live = LiveScores(recorder)
    train([recorder, live], epochs=2)
    train([recorder, live], epochs=1)
    assert [len(pictures) for pictures in shown] == [2, 1]


def test_long_trainings_are_smoothed(shown, drawn):
    recorder = Recorder(per_epoch=150)
    train([recorder, LiveScores(recorder)], epochs=2)
    assert [call["smooth"] for call in drawn] == [2, 3]


def test_methods_without_negatives_have_fewer_panels(shown, drawn):
    recorder = Recorder(negatives=False)
    train([recorder, LiveScores(recorder)], epochs=1)
    assert drawn[0]["names"] == ["positive_mean"]


def test_the_recorder_must_come_first(shown):
    recorder = Recorder()
    expected = "`recorder` must stand before.*no scores of epoch 0"
    with pytest.raises(ValueError, match=expected):
        train([LiveScores(recorder, every=2), recorder], epochs=1)
    # Nor does what an earlier training has left make up for it.
    with pytest.raises(ValueError, match="no scores of epoch 1"):
        live = LiveScores(recorder)
        recorder.on_epoch_end(0)
        train([live, recorder], epochs=2)
    assert len(shown[0]) == 1


def test_epochs_are_counted_over_all_calls_of_fit(shown, drawn):
    model, recorder = training.make("MIO"), ScoreRecorder()
    model.compile("sgd", run_eagerly=True)
    # `fit` calls the recorder first.
    live = LiveScores(recorder, every=2)
    for _ in range(2):
        model.fit(training.images(), verbose=0, callbacks=[live, recorder])
    assert [call["title"] for call in drawn] == ["after epoch 2"]
    assert drawn[0]["records"]["epoch"].tolist() == [0, 1]


def test_overrides_no_batch_hook():
    # Otherwise Keras on JAX waits for the device at every step.
    assert not [name for name in vars(LiveScores) if "batch" in name]


def test_missing_ipython_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "IPython", None)
    with pytest.raises(ImportError, match="needs IPython.*pip install ipython"):
        LiveScores(Recorder())


def test_bad_arguments_are_named(shown):
    with pytest.raises(ValueError, match="`recorder` must be.*History"):
        LiveScores(keras.callbacks.History())
    with pytest.raises(ValueError, match="`every` must be.*1 epochs.*every=0"):
        LiveScores(Recorder(), every=0)

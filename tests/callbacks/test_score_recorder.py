import zipfile

import keras
import numpy as np
import pytest
from keras import ops

from keras_contrastive.callbacks import ScoreRecorder, score_recorder
from keras_contrastive.metrics import score_statistics
from tests.conformance import training
from tests.conformance.training import make
from tests.replicas import two_replicas

NUMBERS = {
    "positive_mean",
    "positive_variance",
    "raw_positive_mean",
    "positive_exp",
    "positive_gradient",
    "negative_mean",
    "negative_variance",
    "negative_exp",
    "negative_gradient",
    "hardest_negative",
    "hardest_share",
    "pretext_accuracy",
}
LEVELS = ("05", "25", "50", "75", "95")
QUANTILES = {
    f"{kind}_q{level}" for kind in ("positive", "negative") for level in LEVELS
}
LOGGED = NUMBERS | QUANTILES


def fit(model, recorder=None, steps=4, epochs=1, rate=0.05, **kwargs):
    """Trains eagerly, which is the faster here, unless it is told how."""
    arguments = kwargs.pop("compile_arguments", {"run_eagerly": True})
    if not model.compiled:
        model.compile(keras.optimizers.SGD(rate), **arguments)
    return model.fit(
        training.images(8 * steps),
        batch_size=8,
        shuffle=False,
        epochs=epochs,
        verbose=0,
        callbacks=[recorder] if recorder else [],
        **kwargs,
    ).history


def test_records_are_the_statistics_of_each_step():
    # Without learning and with views of one seed, steps can be made again.
    recorder = ScoreRecorder()
    model = make("MIO")
    history = fit(model, recorder, rate=0.0, compile_arguments={})
    expected, batches = [], np.split(training.images(32), 4)
    model = make("MIO")
    for batch in batches:
        outputs = model(batch, training=True)
        found = score_statistics(model.scores(outputs))
        expected.append({n: ops.convert_to_numpy(x) for n, x in found.items()})
    records = recorder.records
    assert set(records) == {*expected[0], "step", "epoch"}
    for name in expected[0]:
        np.testing.assert_allclose(
            records[name],
            [step[name] for step in expected],
            rtol=1e-4,
            atol=1e-5,
            err_msg=name,
        )
    assert LOGGED <= set(history)
    for name in NUMBERS:
        mean = records[name].mean()
        assert history[name][0] == pytest.approx(mean, rel=1e-4, abs=1e-6)
    for i, level in enumerate(LEVELS):
        mean = records["negative_quantiles"][:, i].mean()
        found = history[f"negative_q{level}"][0]
        assert found == pytest.approx(mean, rel=1e-4, abs=1e-5)


def test_steps_and_epochs_are_counted():
    recorder = ScoreRecorder()
    history = fit(make("MIO"), recorder, steps=3, epochs=2)
    # The logs begin anew at each epoch.
    means = recorder.records["positive_mean"].reshape(2, 3).mean(axis=1)
    np.testing.assert_allclose(history["positive_mean"], means, rtol=1e-4)
    np.testing.assert_array_equal(recorder.records["step"], range(6))
    np.testing.assert_array_equal(recorder.records["epoch"], [0, 0, 0, 1, 1, 1])


def test_training_is_not_affected():
    losses, weights = [], []
    for recorder in (None, ScoreRecorder()):
        model = make("MIO")
        losses.append(fit(model, recorder, compile_arguments={})["loss"])
        weights.append(training.numpy_weights(model))
    np.testing.assert_allclose(*losses, rtol=1e-6)
    for expected, found in zip(*weights, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_more_steps_than_are_held(monkeypatch):
    whole, pieces = ScoreRecorder(), ScoreRecorder()
    fit(make("MIO"), whole, steps=7)
    monkeypatch.setattr(score_recorder, "CAPACITY", 3)
    fit(make("MIO"), pieces, steps=7)
    for name, values in whole.records.items():
        np.testing.assert_allclose(pieces.records[name], values, atol=1e-5)


@pytest.mark.backends("tensorflow", "jax")
def test_several_steps_at_once():
    one, three = ScoreRecorder(), ScoreRecorder()
    fit(make("MIO"), one, steps=7)
    arguments = {"compile_arguments": {"steps_per_execution": 3}}
    fit(make("MIO"), three, steps=7, **arguments)
    np.testing.assert_allclose(
        three.records["positive_mean"],
        one.records["positive_mean"],
        rtol=1e-4,
        atol=1e-5,
    )


def test_validation_enters_the_logs_alone():
    recorder = ScoreRecorder()
    data = (training.images(16),)
    history = fit(make("MIO"), recorder, validation_data=data)
    assert {f"val_{name}" for name in LOGGED} <= set(history)
    assert len(recorder.records["step"]) == 4


def test_the_next_fit_records_no_more():
    model = make("MIO")
    recorder = ScoreRecorder()
    fit(model, recorder)
    history = fit(model)
    assert not LOGGED & set(history)
    assert len(recorder.records["step"]) == 4
    assert not model.score_log.variables


def test_nothing_stays_on_where_training_or_evaluation_ends():
    model = make("BarlowTwins")
    with pytest.raises(ValueError, match="BarlowTwins, which compares none"):
        fit(model, ScoreRecorder())
    fit(model)
    model = make("MIO")
    model.compile("sgd", run_eagerly=True)
    arguments = {"batch_size": 8, "verbose": 0, "return_dict": True}
    logs = model.evaluate(
        training.images(), callbacks=[ScoreRecorder()], **arguments
    )
    assert LOGGED <= set(logs)
    assert not LOGGED & set(model.evaluate(training.images(), **arguments))


def test_validation_has_its_own_means():
    model = make("MIO")
    data = (training.images(16),)
    history = fit(model, ScoreRecorder(), rate=0.0, validation_data=data)
    logs = model.evaluate(
        data[0],
        batch_size=8,
        verbose=0,
        return_dict=True,
        callbacks=[ScoreRecorder()],
    )
    for name in NUMBERS:
        expected = pytest.approx(logs[name], rel=1e-3, abs=1e-5)
        assert history[f"val_{name}"][0] == expected


def test_files_of_another_method_are_refused(tmp_path):
    path = tmp_path / "scores.npz"
    fit(make("MIO"), ScoreRecorder(path), steps=2)
    with pytest.raises(ValueError, match="`path` must be another file"):
        fit(
            make("BYOL"),
            ScoreRecorder(path),
            steps=2,
            epochs=2,
            initial_epoch=1,
        )
    assert [p.name for p in tmp_path.iterdir()] == ["scores.npz"]


def test_numbers_of_images_of_any_type():
    model = make("PIRL")
    model.compile("sgd", run_eagerly=True)
    index = np.arange(8, dtype="int64")
    x = {"images": training.images(), "index": index}
    recorder = ScoreRecorder()
    model.fit(x, batch_size=8, verbose=0, callbacks=[recorder])
    assert len(recorder.records["step"]) == 1


def test_a_recorder_goes_on_with_its_model_and_begins_anew_with_another():
    model, recorder = make("MIO"), ScoreRecorder()
    fit(model, recorder)
    fit(model, recorder, steps=2)
    records = recorder.records
    np.testing.assert_array_equal(records["step"], range(6))
    np.testing.assert_array_equal(records["epoch"], [0, 0, 0, 0, 1, 1])
    fit(make("MIO"), recorder, steps=2)
    assert len(recorder.records["step"]) == 2


def test_file_is_continued(tmp_path):
    path = tmp_path / "runs" / "scores.npz"
    model = make("MIO")
    fit(model, ScoreRecorder(path), steps=2, epochs=2)
    # The second epoch is made again, and a third.
    recorder = ScoreRecorder(path)
    fit(model, recorder, steps=2, epochs=3, initial_epoch=1)
    np.testing.assert_array_equal(recorder.records["step"], range(6))
    np.testing.assert_array_equal(
        recorder.records["epoch"], np.repeat([0, 1, 2], 2)
    )
    with np.load(path) as file:
        assert set(file) == set(recorder.records)
        np.testing.assert_array_equal(
            file["positive_mean"], recorder.records["positive_mean"]
        )
    # It goes on with the next `fit`, too.
    fit(model, ScoreRecorder(path), steps=2)
    assert steps_in(path) == 8
    # A new training begins anew and leaves the file of the old one.
    for _ in range(2):
        fit(make("MIO"), ScoreRecorder(path), steps=2)
    assert steps_in(path) == steps_in(path.with_stem("scores-2")) == 2
    assert steps_in(path.with_stem("scores-1")) == 8


def steps_in(path):
    with np.load(path) as file:
        return len(file["step"])


def test_models_are_saved_without_records(tmp_path):
    model, path = make("MIO"), tmp_path / "model.keras"
    checkpoint = keras.callbacks.ModelCheckpoint(path)
    model.compile("sgd", run_eagerly=True)
    model.fit(
        training.images(16),
        batch_size=8,
        verbose=0,
        callbacks=[ScoreRecorder(), checkpoint],
    )
    again = tmp_path / "again.keras"
    model.save(again)
    sizes = []
    for file in (path, again):
        with zipfile.ZipFile(file) as archive:
            sizes.append(archive.getinfo("model.weights.h5").file_size)
    assert sizes[0] == sizes[1]
    loaded = keras.models.load_model(path)
    fit(loaded)


@pytest.mark.full
@pytest.mark.backends("tensorflow", "jax")
@pytest.mark.parametrize("method", ["MoCo"])
def test_two_replicas_record_the_global_batch(method):
    one, two = ScoreRecorder(), ScoreRecorder()
    fit(make(method), one, compile_arguments={})
    with two_replicas() as scope, scope():
        model = make(method)
        model.compile(keras.optimizers.SGD(0.05))
        fit(model, two)
    for name, values in one.records.items():
        if name.endswith("histogram"):
            continue  # a score at the edge of a bin
        np.testing.assert_allclose(
            two.records[name], values, rtol=1e-3, atol=1e-4, err_msg=name
        )


def test_methods_without_negatives():
    recorder = ScoreRecorder()
    history = fit(make("BYOL"), recorder)
    assert "positive_mean" in history and "negative_mean" not in history
    assert "negative_mean" not in recorder.records


def test_other_models_are_refused():
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="Received: Sequential"):
        model.fit(
            np.ones((2, 1)), np.ones(2), callbacks=[ScoreRecorder()], verbose=0
        )


def test_bad_path():
    with pytest.raises(ValueError, match=r"`path` must end in \.npz"):
        ScoreRecorder("scores.csv")

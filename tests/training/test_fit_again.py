import keras
import numpy as np
import pytest

import keras_contrastive as kc
from tests.conftest import EAGERLY
from tests.training.test_contrastive_model import IMAGES, Twice, tiny_encoder


def batches():
    return kc.data.from_arrays(IMAGES, batch_size=8, seed=3)


def compiled(**kwargs):
    model = kc.SimCLR(
        tiny_encoder(), Twice(), kc.layers.ProjectionHead(4), **kwargs
    )
    model.compile("sgd", run_eagerly=EAGERLY)
    return model


class Spy(keras.callbacks.Callback):
    """Notes Keras' number of each epoch and the one that the data is at."""

    def __init__(self, data):
        super().__init__()
        self.data, self.seen = data, []

    def on_epoch_begin(self, epoch, logs=None):
        self.seen.append((epoch, self.data.epoch))


def fit(model, data, callbacks=(), **kwargs):
    return model.fit(data, verbose=0, callbacks=[*callbacks], **kwargs)


def test_another_fit_goes_on_with_the_next_epoch():
    mix = kc.layers.PositiveExtrapolation(2.0, start_epoch=2, seed=0)
    model, data, mixed = compiled(feature_transform=mix), batches(), []
    spy = Spy(data)
    for _ in range(3):
        fit(model, data, [spy])
        model.evaluate(IMAGES, batch_size=8, verbose=0)
        model.evaluate(data, verbose=0)
        mixed.append(int(mix.epoch) >= mix.start_epoch)
    assert spy.seen == [(0, 0), (0, 1), (0, 2)]
    assert mixed == [False, False, True] and model.trained_epochs == 3
    # Another data set goes on, too; another model begins.
    other = batches()
    fit(model, other, [spy := Spy(other)], epochs=2)
    fit(compiled(), data, [anew := Spy(data)])
    assert spy.seen == [(0, 3), (1, 4)] and anew.seen == [(0, 0)]


def test_an_initial_epoch_is_the_number_of_the_epoch():
    model, data = compiled(), batches()
    spy = Spy(data)
    fit(model, data, [spy], epochs=2)
    fit(model, data, [spy], initial_epoch=5, epochs=6)
    fit(model, data, [spy], initial_epoch=0)
    fit(model, data, [spy])
    assert spy.seen == [(0, 0), (1, 1), (5, 5), (0, 0), (0, 1)]


def test_the_count_is_saved_with_the_model_and_with_its_weights(tmp_path):
    model, data = compiled(), batches()
    fit(model, data, epochs=2)
    model.save(tmp_path / "model.keras")
    model.save_weights(tmp_path / "model.weights.h5")
    loaded = keras.saving.load_model(
        tmp_path / "model.keras", custom_objects={"Twice": Twice}
    )
    fit(loaded, data, [spy := Spy(data)])
    model.trained_epochs = 0
    model.load_weights(tmp_path / "model.weights.h5")
    fit(model, data, [spy])
    assert spy.seen == [(0, 2), (0, 2)]
    expected = model.evaluate(IMAGES, batch_size=8, verbose=0)
    found = loaded.evaluate(IMAGES, batch_size=8, verbose=0)
    np.testing.assert_array_equal(found, expected)


class Interrupt(keras.callbacks.Callback):
    def __init__(self, epoch):
        super().__init__()
        self.epoch = epoch

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch_now = epoch

    def on_train_batch_end(self, batch, logs=None):
        if (self.epoch_now, batch) == (self.epoch, 0):
            raise KeyboardInterrupt


@pytest.mark.skipif(
    keras.backend.backend() == "jax", reason="Keras loses the weights"
)
def test_an_interrupted_epoch_begins_again():
    model, data = compiled(), batches()
    with pytest.raises(KeyboardInterrupt):
        fit(model, data, [Interrupt(1)], epochs=3)
    fit(model, data, [spy := Spy(data)])
    assert spy.seen == [(0, 1)]


def test_backup_restores_models_that_are_not_built(tmp_path):
    def begun():
        keras.utils.set_random_seed(1)
        return compiled(), keras.callbacks.BackupAndRestore(tmp_path)

    data = batches()
    whole, _ = begun()
    fit(whole, data, epochs=4)
    model, backup = begun()
    with pytest.raises(KeyboardInterrupt):
        fit(model, data, [backup, Interrupt(2)], epochs=4)
    model, backup = begun()
    fit(model, data, [backup, spy := Spy(data)], epochs=4)
    assert spy.seen == [(2, 2), (3, 3)] and model.trained_epochs == 4
    for old, new in zip(whole.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_allclose(new, old, rtol=1e-6)
    # The epoch that was restored is not that of the next `fit`.
    fit(model, data, [spy], epochs=2)
    assert spy.seen[2:] == [(0, 4), (1, 5)]


PROBED = (IMAGES, np.arange(16) % 4), (IMAGES[:8] // 2, np.arange(8) % 4)


def test_callbacks_may_read_what_probes_after_them_log(tmp_path):
    model, data = compiled(), batches()
    probe = kc.callbacks.KNNProbe(*PROBED, every=1, k=3)
    path = tmp_path / "best.keras"
    arguments = {"monitor": "knn_accuracy", "mode": "max"}
    stop = keras.callbacks.EarlyStopping(patience=1, **arguments)
    save = keras.callbacks.ModelCheckpoint(
        path, save_best_only=True, **arguments
    )
    # Either would warn that there is no `knn_accuracy`.
    fit(model, data, [stop, [save, probe]], epochs=2)
    assert path.exists() and stop.best is not None
    callbacks = keras.callbacks.CallbackList(
        [stop, keras.callbacks.CallbackList([save, probe])],
        add_history=True,
        model=model,
    )
    for trained in (3, 4):
        model.fit(data, verbose=0, callbacks=callbacks)
        assert "knn_accuracy" in model.history.history
        assert model.trained_epochs == trained
    names = [type(callback).__name__ for callback in callbacks.callbacks]
    assert names == ["KNNProbe", "EarlyStopping", "ModelCheckpoint", "History"]


def test_every_few_epochs_are_counted_over_all_calls():
    model, data = compiled(), batches()
    probe = kc.callbacks.KNNProbe(*PROBED, k=3, every=2)
    logged = [
        "knn_accuracy" in fit(model, data, [probe]).history for _ in range(4)
    ]
    assert logged == [False, True, False, True]


def test_the_guard_goes_on_with_another_fit():
    model, data = compiled(), batches()
    guard = kc.callbacks.CollapseGuard(
        IMAGES,
        every_steps=3,
        warmup=0,
        patience=2,
        thresholds={"projection_spread": 10.0, "projection_rank": 0.0},
    )
    for _ in range(2):
        fit(model, data, [guard])
    with pytest.warns(UserWarning, match="complete collapse"):
        for _ in range(2):
            fit(model, data, [guard])
    assert [alarm[1] for alarm in guard.alarms] == ["complete collapse"]
    # Another model is judged by itself.
    fit(compiled(), data, [guard])
    assert guard.alarms == [] and guard.step == 2


def test_averages_of_the_optimizer_go_on():
    model, data = compiled(), batches()
    model.compile(keras.optimizers.SGD(use_ema=True), run_eagerly=EAGERLY)
    for _ in range(2):
        fit(model, data)
    assert int(model.optimizer.iterations) == 2 * len(data)

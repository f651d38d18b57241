import keras
import numpy as np
import pytest

import keras_contrastive as kc
from keras_contrastive.callbacks import BestModel
from tests.conftest import EAGERLY
from tests.training.test_contrastive_model import IMAGES, Twice, tiny_encoder


class Log(keras.callbacks.Callback):
    """Has each epoch log one of the values given."""

    def __init__(self, values, name="score"):
        super().__init__()
        self.values, self.name = iter(values), name

    def on_epoch_end(self, epoch, logs=None):
        logs[self.name] = next(self.values)


class Spoil(keras.callbacks.Callback):
    """Has a NaN in a variable at the end of each epoch."""

    def __init__(self, variable):
        super().__init__()
        self.variable = variable

    def on_epoch_end(self, epoch, logs=None):
        assert self.model  # on JAX, brings the variables up to date
        self.variable.assign(np.full(self.variable.shape, np.nan))


@pytest.fixture(scope="module")
def model():
    model = kc.SimCLR(tiny_encoder(), Twice(), keras.layers.Dense(4))
    model.compile(keras.optimizers.SGD(0.1), run_eagerly=EAGERLY)
    return model


def fit(model, best, values=(), name="score", epochs=None, **kwargs):
    return model.fit(
        IMAGES,
        batch_size=16,
        shuffle=False,
        verbose=0,
        epochs=epochs or max(1, len(values)),
        callbacks=[Log(values, name), best] if values else [best],
        **kwargs,
    )


def values_written(model, path, values, **kwargs):
    """Which of the values replaced the file."""
    written = []

    class Watched(BestModel):
        def save(self, value):
            super().save(value)
            if self.best == value:
                written.append(value)

    best = Watched(path, monitor="score", **kwargs)
    fit(model, best, values)
    return written


def test_only_better_values_replace_the_file(model, tmp_path):
    path, values = tmp_path / "new" / "best.weights.h5", [0.5, 0.7, 0.7, 0.2]
    up, down = {"mode": "max"}, {"mode": "min"}
    assert values_written(model, path, values, **up) == [0.5, 0.7]
    assert values_written(model, path, values, **down) == [0.5, 0.2]
    up["initial_value_threshold"] = 0.6
    assert values_written(model, path, values, **up) == [0.7]
    every = values_written(model, path, values, mode="max", every=2)
    assert every in ([0.7], [0.5, 0.7])  # by the epochs that it has trained
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_the_file_is_of_the_best_epoch(model, tmp_path):
    path, trained = tmp_path / "best.keras", model.trained_epochs
    fit(model, BestModel(path, monitor="score", mode="max"), [1.0, 2.0, 0.0])
    loaded = keras.saving.load_model(path, custom_objects={"Twice": Twice})
    assert loaded.trained_epochs == trained + 2
    steps = (loaded.optimizer.iterations, model.optimizer.iterations)
    assert int(steps[0]) == int(steps[1]) - 1
    # It goes on from there.
    fit(loaded, BestModel(path))
    for weight, expected in zip(
        loaded.get_weights(), model.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(weight, expected)


def test_an_encoder_alone_needs_no_package(model, tmp_path):
    path = tmp_path / "encoder.keras"
    fit(model, BestModel(path, encoder_only=True))
    encoder = keras.saving.load_model(path)
    found = encoder.predict(IMAGES / 255, verbose=0)
    expected = model.encoder.predict(IMAGES / 255, verbose=0)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    "monitor, mode",
    [
        ("loss", "min"),
        ("val_loss", "min"),
        ("val_nt_xent", "min"),
        ("knn_accuracy", "max"),
        ("ridge_accuracy", "max"),
        ("val_acc", "max"),
    ],
)
def test_auto_knows_losses_and_accuracies(monitor, mode, model):
    best = BestModel("best.keras", monitor=monitor)
    best.set_model(model)
    assert best.resolved_mode() == mode


def test_what_is_not_finite_is_never_written(model, tmp_path):
    path = tmp_path / "best.weights.h5"
    best = BestModel(path, monitor="score", mode="max")
    fit(model, best, [1.0])
    before = path.read_bytes()
    for bad in (np.nan, np.inf):
        with pytest.warns(UserWarning, match="stays as it is: score is not"):
            fit(model, best, [bad])
    for variables in (
        model.encoder.trainable_variables,
        model.optimizer.variables,
    ):
        variable = next(v for v in variables if "int" not in str(v.dtype))
        kept = np.array(keras.ops.convert_to_numpy(variable))
        callbacks = [Log([2.0]), Spoil(variable), best]
        with pytest.warns(UserWarning, match=f"{variable.path} is not finite"):
            model.fit(IMAGES, batch_size=16, verbose=0, callbacks=callbacks)
        variable.assign(kept)
    assert best.best == 1.0 and path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_nan_loss_leaves_the_last_good_model(tmp_path):
    model = kc.SimCLR(tiny_encoder(), Twice(), keras.layers.Dense(4))
    model.compile(keras.optimizers.SGD(0.01), run_eagerly=EAGERLY)
    best = BestModel(tmp_path / "best.weights.h5")
    fit(model, best)
    model.optimizer.learning_rate = 1e38
    with pytest.warns(UserWarning, match="not finite"):
        fit(model, best, epochs=2)
    model.load_weights(best.path)
    assert np.isfinite(best.best)
    assert all(np.isfinite(weight).all() for weight in model.get_weights())


def test_it_goes_on_where_it_was(model, tmp_path):
    first = BestModel(tmp_path / "a.weights.h5", monitor="score", mode="max")
    fit(model, first, [0.5])
    again = BestModel(tmp_path / "b.weights.h5", monitor="score", mode="max")
    again.set_state(first.get_state())
    fit(model, again, [0.4])
    assert again.best == 0.5 and not again.path.exists()


def test_a_checkpoint_keeps_the_best_value(tmp_path):
    data = kc.data.from_arrays(IMAGES, batch_size=16, seed=0)
    for epochs, value in ((1, 0.5), (2, 0.4)):
        keras.utils.set_random_seed(0)
        model = kc.SimCLR(tiny_encoder(), Twice(), keras.layers.Dense(4))
        model.compile("sgd", run_eagerly=EAGERLY)
        path = tmp_path / f"{epochs}.weights.h5"
        best = BestModel(path, monitor="score", mode="max")
        resume = kc.callbacks.Checkpoint(tmp_path / "run")
        callbacks = [resume, Log([value]), best]
        model.fit(data, epochs=epochs, verbose=0, callbacks=callbacks)
        assert best.best == 0.5
    assert not path.exists()


def test_a_name_that_is_not_logged_is_an_error_at_once(model, tmp_path):
    best = BestModel(tmp_path / "best.keras", monitor="val_loss")
    with pytest.raises(ValueError, match=r"`monitor` must .*'loss', 'nt_xent'"):
        fit(model, best, epochs=2)


def test_bad_arguments_are_named(model, tmp_path):
    for arguments, message in [
        (["best.h5"], "`path` must end in"),
        (["{epoch:02d}.keras"], "`path` is one file"),
        (["best.keras", {"mode": "less"}], "`mode` must be one of"),
        (["best.keras", {"every": 0}], "`every` must be an integer"),
        (["best.keras", {"monitor": 1}], "`monitor` must be a string"),
    ]:
        with pytest.raises(ValueError, match=message):
            BestModel(arguments[0], **(arguments[1:] or [{}])[0])
    path = tmp_path / "best.keras"
    with pytest.raises(ValueError, match="`mode` must be 'min' or 'max'"):
        fit(model, BestModel(path, monitor="effective_rank"))
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match="`path` must be in a folder"):
        fit(model, BestModel(tmp_path / "file" / "best.keras"))
    plain = keras.Sequential([keras.layers.Dense(1)])
    best = BestModel(path, encoder_only=True)
    best.set_model(plain)
    with pytest.raises(ValueError, match="`encoder_only=True` needs a model"):
        best.on_train_begin()


def test_another_keras_model(tmp_path):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", run_eagerly=True)
    best = BestModel(tmp_path / "best.keras", every=2)
    x = np.ones((4, 2))
    model.fit(x, x[:, :1], epochs=2, verbose=0, callbacks=[best])
    keras.saving.load_model(best.path)

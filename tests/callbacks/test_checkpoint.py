import contextlib
import errno
import os
import pickle
import resource
import signal
import socket
import tempfile
import warnings

import keras
import numpy as np
import pytest

import keras_contrastive as kc
from keras_contrastive._processes import is_first_process
from keras_contrastive.callbacks import _checkpoint_files
from keras_contrastive.callbacks import checkpoint as checkpoint_module
from keras_contrastive.callbacks._callback_states import CallbackStates
from keras_contrastive.training._state import state_of, to_host
from tests.conftest import EAGERLY

IMAGES = np.random.default_rng(0).integers(0, 256, (20, 8, 8, 3), "uint8")
LABELS = np.arange(20) % 2


# There eager steps repeat their bits, compiled ones on several threads do not.
NOT_ON_TENSORFLOW = pytest.mark.backends("jax", "torch")


class Cut(Exception):
    pass


class CutAt(keras.callbacks.Callback):
    """Ends a training like a kill, at its batch of some number."""

    def __init__(self, batch):
        super().__init__()
        self.waiting = batch

    def get_state(self):
        return {}

    def set_state(self, state):
        pass

    def on_train_batch_begin(self, batch, logs=None):
        self.waiting -= 1
        if self.waiting == 0:
            raise Cut


def make_data(**kwargs):
    return kc.data.from_arrays(IMAGES, batch_size=4, **kwargs)


def make_model(seed=0, method=kc.SimCLR, compiled=None, **kwargs):
    """A model with layers that draw, and an optimizer with all it can have.

    On TensorFlow it trains eagerly unless `compiled` says otherwise.
    """
    keras.utils.set_random_seed(seed)
    encoder = keras.Sequential(
        [
            keras.layers.Conv2D(4, 3, strides=2),
            keras.layers.BatchNormalization(),
            keras.layers.GaussianNoise(0.1),
            keras.layers.Dropout(0.2),
            keras.layers.GlobalAveragePooling2D(),
        ]
    )
    pipeline = [keras.layers.RandomFlip("horizontal"), kc.views.ColorJitter()]
    model = method(
        encoder,
        kc.views.MultiView([pipeline, pipeline]),
        kc.layers.ProjectionHead(4),
        **kwargs,
    )
    schedule = keras.optimizers.schedules.CosineDecay(1e-2, 40)
    adam = keras.optimizers.Adam(schedule, use_ema=True)
    model.compile(
        keras.optimizers.LossScaleOptimizer(adam),
        **({"run_eagerly": EAGERLY} if compiled is None else compiled),
    )
    return model


def train(checkpoint, model=None, callbacks=(), epochs=3, data=None, **kwargs):
    model = model or make_model()
    return model.fit(
        make_data() if data is None else data,
        epochs=epochs,
        callbacks=[checkpoint, *callbacks],
        verbose=0,
        **kwargs,
    )


def everything(model, history, recorder):
    arrays = {
        f"{group} {i}": value
        for group, variables in state_of(model).items()
        for i, value in enumerate(to_host(variables))
    }
    arrays |= recorder.records
    arrays |= {name: np.array(x) for name, x in history.history.items()}
    return {name: value.tobytes() for name, value in arrays.items()}


def long_run(folder, cuts=(), **kwargs):
    """A training of 15 steps, cut off and begun again at each of `cuts`."""
    for life, cut in enumerate([*cuts, 0]):
        # The seeds that later ones draw are others.
        model = make_model(seed=life)
        recorder = kc.callbacks.ScoreRecorder()
        stopper = keras.callbacks.EarlyStopping(
            "loss", patience=50, restore_best_weights=True
        )
        callbacks = [
            CutAt(cut),
            recorder,
            stopper,
            kc.callbacks.CollapseGuard(
                IMAGES[:4],
                every_steps=2,
                warmup=0,
                thresholds={"projection_spread": 1e3},
            ),
            kc.callbacks.FiniteGuard("rollback"),
            kc.callbacks.KNNProbe(
                (IMAGES[:10], LABELS[:10]),
                (IMAGES[10:], LABELS[10:]),
                every=1,
                k=3,
            ),
        ]
        checkpoint = kc.callbacks.Checkpoint(folder, **kwargs)
        data = kc.data.from_arrays(
            (IMAGES / 255).astype("float32"), batch_size=4
        )
        # It breaks a step of each epoch, which is taken back.
        data.source.images[3, 0, 0, 0] = np.nan
        with warnings.catch_warnings(action="ignore"):
            try:
                history = train(checkpoint, model, callbacks, data=data)
            except Cut:
                continue
    alarms = callbacks[4].alarms
    assert [alarm["bad_images"] for alarm in alarms] == 3 * [[3]]
    return everything(model, history, recorder), stopper, callbacks[3]


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    return long_run(tmp_path_factory.mktemp("run"))


@pytest.mark.parametrize(
    ("kwargs", "cuts"),
    [
        # Within and between epochs, after one step and after none.
        ({"every_steps": 2}, [4, 6, 1, 3]),
        pytest.param({}, [8, 6], marks=NOT_ON_TENSORFLOW),
        pytest.param({"every_minutes": 1e-9}, [5, 2], marks=NOT_ON_TENSORFLOW),
    ],
)
def test_goes_on_bit_for_bit(uninterrupted, tmp_path, kwargs, cuts):
    expected, before, unbroken = uninterrupted
    found, stopper, guard = long_run(tmp_path, cuts, **kwargs)
    assert guard.get_state() == unbroken.get_state()
    assert found.keys() == expected.keys()
    assert [n for n in found if found[n] != expected[n]] == []
    assert (stopper.best, stopper.best_epoch) == (
        before.best,
        before.best_epoch,
    )
    weights = zip(stopper.best_weights, before.best_weights, strict=True)
    assert all(np.array_equal(a, b) for a, b in weights)


def test_what_has_ended_is_not_trained_again(tmp_path):
    model = make_model()
    train(kc.callbacks.Checkpoint(tmp_path), model, epochs=1)
    # Once more in the same process is another call of `fit`.
    train(kc.callbacks.Checkpoint(tmp_path), model, epochs=1)
    assert model.trained_epochs == 2
    weights = model.get_weights()
    again = make_model(seed=1)
    for _ in range(2):
        train(kc.callbacks.Checkpoint(tmp_path), again, epochs=1)
        assert again.trained_epochs == 2
    # All but the weights, to which Keras assigned their averages.
    assert int(again.optimizer.iterations) == 10
    for a, b in zip(weights, again.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    train(kc.callbacks.Checkpoint(tmp_path), again, epochs=1)
    assert again.trained_epochs == 3


def test_a_further_fit_that_fails_before_it_saved(tmp_path):
    def train_twice(folder, cuts):
        model = make_model()
        train(kc.callbacks.Checkpoint(folder), model, epochs=1)
        for cut in cuts:
            with pytest.raises(Cut):
                checkpoint = kc.callbacks.Checkpoint(folder)
                train(checkpoint, model, [CutAt(cut)], epochs=1)
        train(kc.callbacks.Checkpoint(folder), model, epochs=1)
        assert model.trained_epochs == 2
        return to_host(model.variables)

    expected = train_twice(tmp_path / "whole", [])
    found = train_twice(tmp_path / "cut", [3, 2])
    assert list(map(np.ndarray.tobytes, found)) == list(
        map(np.ndarray.tobytes, expected)
    )


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The variables of a model after 15 steps."""
    model = make_model()
    train(kc.callbacks.Checkpoint(tmp_path_factory.mktemp("run")), model)
    return to_host(model.variables)


def assert_equal_bits(model, values):
    pairs = zip(to_host(model.variables), values, strict=True)
    assert [
        i for i, (a, b) in enumerate(pairs) if a.tobytes() != b.tobytes()
    ] == []


def test_more_epochs_go_on(trained, tmp_path):
    train(kc.callbacks.Checkpoint(tmp_path), epochs=1)
    model = make_model(seed=1)
    history = train(kc.callbacks.Checkpoint(tmp_path), model)
    assert len(history.epoch) == 3
    assert_equal_bits(model, trained)


def test_a_stopped_training_stays_stopped(tmp_path):
    class Stop(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.stop_training = True

    for seed in range(2):
        model = make_model(seed)
        checkpoint = kc.callbacks.Checkpoint(tmp_path)
        history = train(checkpoint, model, [Stop()], epochs=9)
        assert len(history.epoch) == model.trained_epochs == 1


def test_keeps_files_and_passes_over_damaged_ones(tmp_path):
    (tmp_path / "notes.npz").write_text("mine")
    checkpoint = kc.callbacks.Checkpoint(tmp_path, every_steps=3, keep=2)
    train(checkpoint)
    old, new = sorted(tmp_path.glob("step-*"))
    assert old.name[:14] == "step-000000012" and new.name[5:14] == "000000015"
    data = bytearray(new.read_bytes())
    data[len(data) // 2] ^= 1
    new.write_bytes(data)
    model = make_model(seed=1)
    with pytest.warns(UserWarning, match=f"passes over .*{new.name}"):
        train(kc.callbacks.Checkpoint(tmp_path), model)
    assert int(model.optimizer.iterations) == 15
    for path in tmp_path.glob("step-*"):
        path.write_bytes(path.read_bytes()[:100])
    with (
        warnings.catch_warnings(action="ignore"),
        pytest.raises(ValueError, match="`folder` holds no undamaged file"),
    ):
        train(kc.callbacks.Checkpoint(tmp_path))
    assert len(list(tmp_path.glob("step-*"))) >= 2
    assert (tmp_path / "notes.npz").read_text() == "mine"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("run")
    train(kc.callbacks.Checkpoint(path), epochs=1)
    return path


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ({"data": {"seed": 1}}, "`x` is other data.*seed: before 0, now 1"),
        ({"data": {"labels": LABELS, "shuffle": True}}, "`x` is other data"),
        ({"images": IMAGES[::-1]}, "`x` is other data.*checksum"),
        ({"model": {"method": kc.BarlowTwins}}, "`model` is another method"),
        ({"model": {"temperature": 0.2}}, "other settings.*temperature"),
        ({"model": {"modules": [kc.EquiMod()]}}, "other weights"),
    ],
)
def test_another_run_is_refused(folder, what, message):
    files = sorted(folder.iterdir())
    images = what.get("images", IMAGES)
    data = kc.data.from_arrays(images, batch_size=4, **what.get("data", {}))
    model = make_model(**what.get("model", {}))
    weights = model.encoder.get_weights()
    with pytest.raises(ValueError, match=message):
        train(kc.callbacks.Checkpoint(folder), model, data=data)
    for a, b in zip(weights, model.encoder.get_weights(), strict=False):
        np.testing.assert_array_equal(a, b)
    assert sorted(folder.iterdir()) == files


def test_other_versions_and_optimizers_are_warned_of(folder, monkeypatch):
    model = make_model()
    model.optimizer.inner_optimizer.beta_1 = 0.5
    with pytest.warns(UserWarning, match="`optimizer` has other settings"):
        train(kc.callbacks.Checkpoint(folder), model, epochs=1)
    monkeypatch.setattr(keras, "version", lambda: "9.0")
    with pytest.warns(UserWarning, match="other versions.*9.0"):
        train(kc.callbacks.Checkpoint(folder), epochs=1)


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"every_steps": 0}, "`every_steps`"),
        ({"every_minutes": 0}, "`every_minutes`"),
        ({"every_steps": 5, "every_minutes": 5}, "`every_minutes`.*left out"),
        ({"keep": 0}, "`keep`"),
    ],
)
def test_wrong_arguments(kwargs, message):
    with pytest.raises(ValueError, match=message):
        kc.callbacks.Checkpoint("runs", **kwargs)


def test_what_cannot_go_on_is_refused(tmp_path):
    def refuses(message, checkpoint=None, **kwargs):
        checkpoint = checkpoint or kc.callbacks.Checkpoint(tmp_path / "a")
        with pytest.raises(ValueError, match=message):
            train(checkpoint, **kwargs)

    every_50 = kc.callbacks.Checkpoint(tmp_path, every_steps=50)
    refuses("`every_steps`.*15 steps", every_50)
    refuses("`every_steps` needs data", every_50, data=IMAGES)
    refuses("`steps_per_epoch`", steps_per_epoch=2)
    two = [kc.callbacks.Checkpoint(tmp_path / "b")]
    refuses("`callbacks`.*at most one", callbacks=two)
    backup = [keras.callbacks.BackupAndRestore(tmp_path / "c")]
    refuses("`callbacks`.*either", callbacks=backup)
    (tmp_path / "file").write_text("")
    refuses("`folder`", kc.callbacks.Checkpoint(tmp_path / "file"))
    plain = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(1)])
    plain.compile(loss="mse")
    with pytest.raises(ValueError, match="ContrastiveModel"):
        plain.fit(IMAGES, LABELS.astype("int32"), callbacks=two, verbose=0)


def test_a_folder_is_for_one_run_at_a_time(tmp_path):
    model, data = make_model(), make_data()

    class Second(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            train(kc.callbacks.Checkpoint(tmp_path), epochs=1)

    with pytest.raises(ValueError, match="`folder` is in use"):
        train(kc.callbacks.Checkpoint(tmp_path), model, [Second()], data=data)
    train(kc.callbacks.Checkpoint(tmp_path), model, data=data, epochs=1)


# JAX warns of any fork; the child computes nothing.
@pytest.mark.filterwarnings("ignore:os.fork")
def test_a_worker_that_outlives_its_process_keeps_no_lock(tmp_path):
    files = _checkpoint_files.CheckpointFiles(tmp_path, 3)
    files.open()
    ours, theirs = socket.socketpair()
    if not (worker := os.fork()):
        ours.close()
        theirs.send(b"!")
        theirs.recv(1)
        os._exit(0)
    with ours, theirs:
        ours.recv(1)
        files.close()
        again = _checkpoint_files.CheckpointFiles(tmp_path, 3)
        again.open()
        again.close()
    assert os.waitpid(worker, 0)[1] == 0


def test_can_be_pickled_after_a_fit(tmp_path):
    saves = kc.callbacks.Checkpoint(tmp_path)
    train(saves, epochs=1)
    copy = pickle.loads(pickle.dumps(saves))
    train(copy, epochs=2)
    assert copy.step == 10


def test_other_data_begins_its_epoch_again(tmp_path):
    for seed in range(2):
        model = make_model(seed)
        callbacks = [CutAt(7 if seed == 0 else 0)]
        with pytest.warns(UserWarning, match="ends of epochs alone"):
            try:
                checkpoint = kc.callbacks.Checkpoint(
                    tmp_path, every_minutes=1e-9
                )
                train(checkpoint, model, callbacks, data=IMAGES, batch_size=4)
            except Cut:
                continue
    assert int(model.optimizer.iterations) == 15


@pytest.mark.backends("jax", "tensorflow")
def test_several_steps_at_once(tmp_path):
    compiled = {"steps_per_execution": 2}
    data = kc.data.from_arrays(IMAGES[:16], batch_size=4)
    with pytest.raises(ValueError, match="multiple of `steps_per_exec"):
        checkpoint = kc.callbacks.Checkpoint(tmp_path / "a", every_steps=3)
        train(checkpoint, make_model(compiled=compiled), data=data)
    expected = make_model(compiled=compiled)
    train(kc.callbacks.Checkpoint(tmp_path / "b"), expected, data=data)
    for cut in (2, 4, 0):
        model = make_model(compiled=compiled)
        checkpoint = kc.callbacks.Checkpoint(tmp_path / "c", every_steps=2)
        data = kc.data.from_arrays(IMAGES[:16], batch_size=4)
        try:
            train(checkpoint, model, [CutAt(cut)], data=data)
        except Cut:
            continue
    assert int(model.optimizer.iterations) == 12
    assert int(model.views.step) == int(expected.views.step) == 12
    if keras.backend.backend() == "jax":
        assert_equal_bits(model, to_host(expected.variables))


class SignalAt(CutAt):
    def on_train_batch_begin(self, batch, logs=None):
        self.waiting -= 1
        if self.waiting == 0:
            signal.raise_signal(signal.SIGTERM)


class SignalAtEnd(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        if epoch == 2:
            signal.raise_signal(signal.SIGTERM)


@pytest.mark.parametrize(
    "cause", [SignalAt(2), SignalAt(5), SignalAt(6), SignalAtEnd()]
)
def test_sigterm_saves_and_exits(trained, tmp_path, cause):
    before = signal.getsignal(signal.SIGTERM)
    checkpoint = kc.callbacks.Checkpoint(tmp_path, every_minutes=60)
    with pytest.raises(SystemExit) as raised:
        train(checkpoint, callbacks=[cause])
    assert raised.value.code == 143
    assert signal.getsignal(signal.SIGTERM) == before
    model = make_model(seed=1)
    train(kc.callbacks.Checkpoint(tmp_path), model)
    assert int(model.optimizer.iterations) == 15
    assert_equal_bits(model, trained)


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_ctrl_c_and_out_of_memory(trained, tmp_path, error):
    class Interrupt(CutAt):
        def on_train_batch_end(self, batch, logs=None):
            if self.waiting == 0:
                raise error

        def on_train_batch_begin(self, batch, logs=None):
            self.waiting -= 1

    model = make_model()
    with pytest.raises(error):
        checkpoint = kc.callbacks.Checkpoint(tmp_path, every_steps=2)
        train(checkpoint, model, [Interrupt(5)])
    # As the cell of a notebook that is run again.
    data = make_data()
    train(kc.callbacks.Checkpoint(tmp_path), model, [Interrupt(0)], data=data)
    assert_equal_bits(model, trained)


def test_failures_of_writing(tmp_path, monkeypatch):
    write = _checkpoint_files.CheckpointFiles.write
    fails = []

    def maybe_write(self, step, manifest, arrays):
        if step in fails:
            raise OSError(28, "No space left on device")
        write(self, step, manifest, arrays)

    monkeypatch.setattr(_checkpoint_files.CheckpointFiles, "write", maybe_write)
    fails[:] = [6, 9]
    with pytest.warns(UserWarning, match="could not save.*No space left"):
        train(kc.callbacks.Checkpoint(tmp_path / "a", every_steps=3))
    assert len(list((tmp_path / "a").glob("step-*"))) == 3
    fails[:] = [6, 9, 12]
    with (
        warnings.catch_warnings(action="ignore"),
        pytest.raises(OSError, match="No space left"),
    ):
        train(kc.callbacks.Checkpoint(tmp_path / "b", every_steps=3))
    assert len(list((tmp_path / "b").glob("step-*"))) == 1
    fails[:] = [5]
    with pytest.raises(OSError, match="No space left"):
        train(kc.callbacks.Checkpoint(tmp_path / "c"))


def test_a_folder_that_is_read_only_for_a_while(tmp_path, monkeypatch):
    make = tempfile.TemporaryDirectory

    def make_folder(*, prefix, **kwargs):
        if "step-000000010" in prefix:
            raise OSError(errno.EROFS, "Read-only file system")
        return make(prefix=prefix, **kwargs)

    monkeypatch.setattr(tempfile, "TemporaryDirectory", make_folder)
    with pytest.warns(UserWarning, match="could not save.*Read-only"):
        train(kc.callbacks.Checkpoint(tmp_path))
    assert len(list(tmp_path.glob("step-*"))) == 2


def test_nothing_that_is_not_finite_is_written(tmp_path):
    class Spoil(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2:
                kernel = self.model.encoder.layers[0].kernel
                kernel.assign(np.full(kernel.shape, np.nan))

    with pytest.warns(UserWarning, match="kernel is not finite"):
        train(kc.callbacks.Checkpoint(tmp_path), callbacks=[Spoil()])
    newest = max(tmp_path.glob("step-*"))
    assert newest.name.startswith("step-000000010")


def test_a_limit_on_files_destroys_none(tmp_path):
    train(kc.callbacks.Checkpoint(tmp_path), epochs=1)
    (path,) = tmp_path.glob("step-*")
    data = path.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (9000, hard))
    try:
        with pytest.warns(UserWarning, match="File too large"):
            train(kc.callbacks.Checkpoint(tmp_path))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == data
    assert sorted(p.name for p in tmp_path.iterdir()) == ["lock", path.name]


def test_narrow_floats_survive(tmp_path):
    files = _checkpoint_files.CheckpointFiles(tmp_path, 3)
    best = keras.callbacks.EarlyStopping("loss")
    states = CallbackStates([best])
    value = keras.ops.convert_to_numpy(
        keras.ops.cast(np.array([1.0, -2.5]), "bfloat16")
    )
    best.best_weights = [value]
    packed, arrays = states.read()
    manifest = {"paths": {}, "callbacks": packed}
    files.write(1, manifest, arrays | {"model/0": value})
    manifest, arrays = files.newest()
    best.best_weights = None
    states.write(manifest["callbacks"], arrays)
    assert best.best_weights[0].dtype == value.dtype
    assert arrays["model/0"].view(value.dtype).tolist() == [1.0, -2.5]


def test_this_is_the_first_process():
    assert is_first_process()


def test_means_that_are_not_finite_cost_no_run(tmp_path):
    data = kc.data.from_arrays((IMAGES / 255).astype("float32"), batch_size=4)
    data.source.images[3, 0, 0, 0] = np.nan
    model = make_model()
    # The optimizer passes over the step, its loss stays in the means.
    train(kc.callbacks.Checkpoint(tmp_path), model, data=data)
    assert len(list(tmp_path.glob("step-*"))) == 3
    assert all(np.isfinite(x).all() for x in model.get_weights())


def test_one_step_an_epoch_of_other_data(tmp_path):
    written = []
    for life in range(2):
        checkpoint = kc.callbacks.Checkpoint(tmp_path, keep=1)
        with pytest.warns(UserWarning, match="ends of epochs alone"):
            train(checkpoint, make_model(life), data=IMAGES, batch_size=20)
        (path,) = tmp_path.glob("step-000000003-*")
        written.append((path, path.stat().st_mtime_ns))
    assert written[0] == written[1]  # nothing was trained again


def test_sigterm_in_the_last_step(tmp_path):
    checkpoint = kc.callbacks.Checkpoint(tmp_path, every_minutes=60)
    with pytest.raises(SystemExit) as raised:
        train(checkpoint, callbacks=[SignalAt(5)], epochs=1)
    assert raised.value.code == 143
    assert len(list(tmp_path.glob("step-000000005-*"))) == 1


def test_what_was_just_written_stays(tmp_path):
    train(kc.callbacks.Checkpoint(tmp_path, every_steps=3))
    newest = max(tmp_path.glob("step-*"))
    newest.write_bytes(newest.read_bytes()[:-1])
    for cut in (3, 0):  # the first one has written step 13
        model = make_model(seed=1)
        checkpoint = kc.callbacks.Checkpoint(tmp_path, every_steps=1, keep=1)
        with (
            warnings.catch_warnings(action="ignore"),
            contextlib.suppress(Cut),
        ):
            train(checkpoint, model, [CutAt(cut)])
    assert int(model.optimizer.iterations) == 15


class Odd(keras.callbacks.Callback):
    """Has what cannot be saved, and what outer code holds too."""

    def __init__(self):
        super().__init__()
        self.outer = {}

    def on_epoch_end(self, epoch, logs=None):
        self.outer[epoch] = logs["loss"]
        self.objects = np.array([(epoch, "x")], [("i", int), ("o", object)])


def test_callbacks_of_keras_and_others_go_on(tmp_path):
    results = []
    for cuts in ([], [4, 5, 8]):
        for life, cut in enumerate([*cuts, 0]):
            model, odd = make_model(seed=life), Odd()
            sgd = keras.optimizers.SGD(0.1)
            model.compile(sgd, run_eagerly=EAGERLY)
            outer = odd.outer
            # A step down in each epoch but the first: `min_delta` is large.
            plateau = keras.callbacks.ReduceLROnPlateau(
                "loss", patience=1, min_delta=9.0, factor=0.5
            )
            times = keras.callbacks.LearningRateScheduler(lambda _, x: 0.9 * x)
            checkpoint = kc.callbacks.Checkpoint(
                tmp_path / str(len(cuts)), every_steps=2
            )
            callbacks = [CutAt(cut), odd, plateau, times]
            with contextlib.suppress(Cut):
                history = train(checkpoint, model, callbacks)
        rate = float(model.optimizer.learning_rate)
        results.append((rate, history.history, outer))
    assert results[0] == results[1]
    assert results[0][0] == pytest.approx(0.1 * 0.9**3 * 0.5**2)


def test_another_recorder_within_an_epoch(tmp_path):
    recorders = [[kc.callbacks.ScoreRecorder()], []]
    for life, recorder in enumerate([*recorders, recorders[0]]):
        model = make_model(seed=life)
        checkpoint = kc.callbacks.Checkpoint(tmp_path, every_steps=2)
        callbacks = [CutAt(0 if life == 2 else 4), *recorder]
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            with contextlib.suppress(Cut):
                train(checkpoint, model, callbacks)
        told = any("means of the running" in str(w.message) for w in caught)
        assert told == (life > 0)
    assert int(model.optimizer.iterations) == 15


def test_a_state_that_is_no_plain_value(tmp_path):
    class Tensor(CutAt):
        def get_state(self):
            return {"seen": keras.ops.ones(2)}

    with pytest.raises(TypeError, match="`get_state` must.*from Tensor"):
        train(kc.callbacks.Checkpoint(tmp_path), callbacks=[Tensor(0)])


def test_other_labels_are_refused(tmp_path):
    for labels in (LABELS, 1 - LABELS):
        data = make_data(labels=labels, shuffle=True)
        checkpoint = kc.callbacks.Checkpoint(tmp_path)
        if labels is LABELS:
            train(checkpoint, epochs=1, data=data)
    with pytest.raises(ValueError, match="`x` is other data.*labels of three"):
        train(checkpoint, epochs=1, data=data)


def test_a_changed_learning_rate_is_no_other_setting(tmp_path):
    model, data = make_model(), make_data()
    model.compile(keras.optimizers.SGD(0.1))
    down = keras.callbacks.LearningRateScheduler(lambda _, rate: 0.5 * rate)
    with warnings.catch_warnings(action="error", category=UserWarning):
        for _ in range(2):
            checkpoint = kc.callbacks.Checkpoint(tmp_path)
            train(checkpoint, model, [down], data=data, epochs=1)
        again = make_model()
        again.compile(keras.optimizers.SGD(0.1))
        for _ in range(2):
            checkpoint = kc.callbacks.Checkpoint(tmp_path)
            train(checkpoint, again, [down], data=data, epochs=1)
    assert float(again.optimizer.learning_rate) == pytest.approx(0.025)


def test_a_model_from_a_file_is_the_same_run(tmp_path):
    model = make_model()
    model.build((None, 8, 8, 3))
    model.optimizer.build(model.trainable_variables)
    model.save(tmp_path / "model.keras")
    with contextlib.suppress(Cut):
        train(kc.callbacks.Checkpoint(tmp_path), model, [CutAt(8)])
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    train(kc.callbacks.Checkpoint(tmp_path), loaded)
    assert int(loaded.optimizer.iterations) == 15


def test_a_disk_without_locks(tmp_path, monkeypatch):
    def missing(*args):
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr(_checkpoint_files.fcntl, "flock", missing)
    train(kc.callbacks.Checkpoint(tmp_path), epochs=1)
    assert len(list(tmp_path.glob("step-*"))) == 1


def test_files_of_another_format_name_the_cure(folder, monkeypatch):
    described = checkpoint_module.described
    monkeypatch.setattr(
        checkpoint_module,
        "described",
        lambda *args: described(*args) | {"format": 2},
    )
    with pytest.raises(ValueError, match="version that wrote.*keras_contr"):
        train(kc.callbacks.Checkpoint(folder), epochs=1)

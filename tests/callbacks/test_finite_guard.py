import warnings

import keras
import numpy as np
import pytest
from keras import ops

import keras_contrastive as kc
from keras_contrastive.callbacks import FiniteGuard
from keras_contrastive.training._callback_order import LogWriter
from keras_contrastive.training._state import state_of, to_host
from tests.conformance import tiny, training
from tests.conftest import EAGERLY
from tests.replicas import two_replicas

BATCH = 4
STEPS = 6
IMAGES = (
    np.random.default_rng(0)
    .random((STEPS * BATCH, *tiny.IMAGE_SHAPE))
    .astype("float32")
)


def with_bad(*numbers, value=np.inf):
    """The images, one pixel of some replaced."""
    images = IMAGES.copy()
    images[list(numbers), 5, 5, 1] = value
    return images


class Source:
    """Images as some pipeline hands them out, which nobody has looked at."""

    def __init__(self, images):
        self.images = images

    def __len__(self):
        return len(self.images)

    def read(self, indices):
        return self.images[indices], None


def in_batches(images, **kwargs):
    return kc.data.Batches(Source(images), BATCH, index=True, **kwargs)


def make(method=None):
    model = training.make(method) if method else small()
    optimizer = keras.optimizers.Adam(1e-2, use_ema=True)
    model.compile(optimizer, run_eagerly=EAGERLY)
    return model


def small():
    head = tiny.head("bias", units=8, use_batch_norm=False)
    model = kc.SimCLR(tiny.encoder(), tiny.two_crops(), head)
    model.build((None, *tiny.IMAGE_SHAPE))
    training.set_weights_by_seed(model)
    return model


def state(model):
    return sum(map(to_host, state_of(model).values()), [])


def assert_equal(found, expected):
    for x, y in zip(found, expected, strict=True):
        np.testing.assert_array_equal(x, y)


def are_finite(arrays):
    return all(np.isfinite(array).all() for array in arrays)


def fit(model, data, *callbacks, **kwargs):
    return model.fit(data, verbose=0, callbacks=list(callbacks), **kwargs)


class Without(kc.data.Batches):
    """The same batches but some."""

    def __init__(self, data, *left_out):
        vars(self).update(vars(data))
        self.left_out = left_out

    def __len__(self):
        return super().__len__() - len(self.left_out)

    def order(self, epoch):
        parts = super().order(epoch).reshape(-1, BATCH)
        return np.delete(parts, self.left_out, axis=0).reshape(-1)


def test_rolled_back_is_never_seen():
    """Bit for bit, with the loss that is logged, also where others read it."""
    order = in_batches(IMAGES).order(0).reshape(-1, BATCH)
    bad = order[2, 1], order[5, 0]
    data, guard = in_batches(with_bad(*bad)), FiniteGuard("rollback")
    seen = []
    note = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: seen.append(logs["loss"])
    )
    model = make("MoCo")
    with pytest.warns(UserWarning, match="goes on as if it had not seen"):
        found = fit(model, data, note, guard)
    end = state(model)
    # Models of the tests share their views: one after the other.
    other = make("MoCo")
    expected = fit(other, Without(in_batches(IMAGES), 2, 5))
    assert found.history == expected.history
    assert_equal(end, state(other))
    assert are_finite(end)
    assert len(seen) == STEPS and np.isfinite(seen).all()
    first, last = guard.alarms
    assert (first["step"], first["epoch"], first["batch"]) == (2, 0, 2)
    assert (last["step"], last["batch"]) == (4, 5)
    assert first["images"] == order[2].tolist()
    assert first["bad_images"] == [bad[0]]
    assert {"loss", model.objective_names[0]} <= set(first["terms"])
    assert set(first["variables"]) <= {
        v.path for v in [*model.variables, *model.optimizer.variables]
    }


def test_stops_at_the_last_good_state():
    data = in_batches(with_bad(9, value=np.nan), shuffle=False)
    guard, model = FiniteGuard(), make()
    steps = []
    note = keras.callbacks.LambdaCallback(
        on_train_batch_begin=lambda batch, logs: steps.append(batch)
    )
    words = (
        "Step 2, batch 2 of epoch 0: not finite. Of the loss: loss.*data: 8, "
        "9, 10, 11. Images that themselves.*: 9. Training stops; the model "
        "holds the state before"
    )
    with pytest.warns(UserWarning, match=words):
        fit(model, data, guard, note, epochs=3)
    assert steps == [0, 1, 2]
    assert [alarm["bad_images"] for alarm in guard.alarms] == [[9]]
    end, other = state(model), make()
    fit(other, in_batches(IMAGES[:8], shuffle=False))
    assert_equal(end, state(other))


def test_a_bad_batch_too_many_is_an_error():
    data = in_batches(with_bad(4, 8, 12, 16), shuffle=False)
    guard, model = FiniteGuard("rollback"), make()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        with pytest.raises(ValueError, match="batch 4 .* 4 bad .*backs=3"):
            fit(model, data, guard)
    assert sum("goes on as if" in str(w.message) for w in told) == 3
    assert [alarm["batch"] for alarm in guard.alarms] == [1, 2, 3, 4]
    assert are_finite(state(model))


class Break(keras.callbacks.Callback):
    """Has one step go much too far."""

    def __init__(self, bad=1):
        super().__init__()
        self.bad = bad

    def on_train_batch_begin(self, batch, logs=None):
        rate = np.inf if batch == self.bad else 1e-2
        self.model.optimizer.learning_rate = rate


def test_a_step_too_long_and_data_that_is_not_known():
    """The loss of that step is finite: the weights tell."""
    guard, model = FiniteGuard("rollback"), make()
    with pytest.warns(UserWarning, match="First variables"):
        history = fit(model, IMAGES, guard, Break(), batch_size=BATCH)
    assert np.isfinite(history.history["loss"]).all()
    assert are_finite(state(model))
    (alarm,) = guard.alarms
    assert alarm["terms"] == alarm["images"] == alarm["bad_images"] == []
    assert alarm["variables"]


def test_an_epoch_without_a_good_step_has_no_loss(tmp_path):
    model = make()
    best = kc.callbacks.BestModel(tmp_path / "best.weights.h5")
    stopping = keras.callbacks.EarlyStopping("loss")
    others = Break(bad=0), best, stopping
    with pytest.warns(UserWarning):
        found = fit(model, in_batches(IMAGES), FiniteGuard(), *others)
    assert np.isnan(found.history["loss"]).all()
    assert not best.path.exists() and not np.isfinite(stopping.best)


class Lower(LogWriter):
    """Lowers the rate once, as a guard against collapse does."""

    def on_train_batch_begin(self, batch, logs=None):
        if batch == 2:
            self.model.optimizer.learning_rate = 1e-3


def test_what_others_changed_before_a_bad_step_stays():
    model = make()
    with pytest.warns(UserWarning):
        data = in_batches(with_bad(9), shuffle=False)
        fit(model, data, FiniteGuard("rollback"), Lower())
    assert float(model.optimizer.learning_rate) == pytest.approx(1e-3)


@pytest.mark.backends("jax")
def test_looks_once_for_steps_of_one_execution():
    guard, model = FiniteGuard("rollback"), small()
    model.compile("sgd", steps_per_execution=2)
    data = in_batches(with_bad(9), shuffle=False)
    with pytest.warns(UserWarning, match="batch 2 of epoch 0"):
        fit(model, data, guard)
    assert int(ops.convert_to_numpy(model.optimizer.iterations)) == 4
    assert guard.alarms[0]["images"] == [*range(8, 16)]
    assert guard.alarms[0]["bad_images"] == [9]


@pytest.mark.backends("tensorflow", "jax")
def test_two_replicas():
    data = in_batches(with_bad(9)[:12], shuffle=False)
    before = []
    note = keras.callbacks.LambdaCallback(
        on_train_batch_begin=lambda batch, logs: before.append(state(model))
    )
    with two_replicas() as scope, scope():
        model = small()
        model.compile(keras.optimizers.SGD(0.05, momentum=0.9))
        with pytest.warns(UserWarning, match="batch 2 of epoch 0"):
            fit(model, data, FiniteGuard("rollback"), note)
        # TensorFlow parts a mean among the replicas, which rounds.
        for x, y in zip(state(model), before[2], strict=True):
            np.testing.assert_allclose(x, y, rtol=1e-6)


def test_its_state_is_its_alarms():
    guard, other = FiniteGuard(), FiniteGuard()
    guard.alarms = [{"step": 3, "bad_images": [7]}]
    guard.has_good_step = True
    other.set_state(guard.get_state())
    assert other.alarms == guard.alarms and other.has_good_step


def test_mistakes():
    with pytest.raises(ValueError, match="`policy` must be one of"):
        FiniteGuard("skip")
    with pytest.raises(ValueError, match="`max_rollbacks` must be"):
        FiniteGuard("rollback", max_rollbacks=-1)
    plain = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    plain.compile(loss="mse")
    with pytest.raises(ValueError, match="watches a .*Contrastive"):
        x = np.zeros((8, 4))
        plain.fit(x, x[:, :1], verbose=0, callbacks=[FiniteGuard()])
    model = make()
    weight = model.encoder.trainable_weights[0]
    weight.assign(np.full(weight.shape, np.nan))
    with pytest.raises(ValueError, match="finite when training starts"):
        fit(model, in_batches(IMAGES), FiniteGuard())
    with pytest.raises(ValueError, match="must be finite.* to inf"):
        fit(make(), in_batches(with_bad(0), shuffle=False))


@pytest.mark.parametrize("method", ["MoCo", "InstDis"])
def test_memories_stay_finite_without_a_guard(method):
    model = make(method)
    fit(model, in_batches(with_bad(9), shuffle=False))
    if method == "MoCo":
        held = [*model.target.weights, *model.queue.weights]
    else:
        constants = [c.log_z for c in model.constants.values()]
        held = [*model.bank.weights, *constants]
    for weight in held:
        assert np.isfinite(ops.convert_to_numpy(weight)).all(), weight.path


def test_a_scaled_loss_loses_nothing_without_a_guard():
    """The optimizer leaves the step out, and moving statistics stay."""
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = small()
    finally:
        keras.config.set_dtype_policy("float32")
    model.compile(keras.optimizers.Adam(1e-2), run_eagerly=EAGERLY)
    fit(model, in_batches(with_bad(9), shuffle=False))
    variables = [*model.variables, *model.optimizer.variables]
    assert are_finite(to_host(variables))


def test_a_pixel_not_finite_shows_in_the_loss():
    """XLA on a CPU makes 0 of not a number in a ReLU before a mean."""
    head = tiny.head("bias", units=8)
    model = kc.SimCLR(tiny.encoder(), None, head)
    model.compile(keras.optimizers.SGD(0.0))
    views = IMAGES[:8], with_bad(3)[:8]
    assert np.isnan(model.train_on_batch(views)[0])

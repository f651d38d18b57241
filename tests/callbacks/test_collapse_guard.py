import keras
import numpy as np
import pytest
from keras import ops

import keras_contrastive as kc
from keras_contrastive import metrics
from keras_contrastive.callbacks import CollapseGuard
from keras_contrastive.callbacks._collapse_diagnostics import (
    CollapseDiagnostics,
)
from tests.conformance import tiny, training
from tests.conformance.methods import METHODS
from tests.conftest import EAGERLY
from tests.replicas import two_replicas

PROBE = training.images(6)
KEYS = {
    "feature_spread",
    "effective_rank",
    "dead_dimensions",
    "projection_spread",
    "projection_rank",
    "uniformity",
}
FINE = {
    "projection_spread": 0.9,
    "projection_rank": 20.0,
    "dead_dimensions": 0.1,
    "hardest_repulsion": 0.1,
    "standing_drift": 0.0,
}


def simclr(views=True, **kwargs):
    head = tiny.head("bias", units=8, use_batch_norm=False)
    views = training.views_at_start(tiny.two_crops) if views else None
    return kc.SimCLR(tiny.encoder(), views, head, **kwargs)


def fit(method, model, guard, steps=6, rate=0.05, epochs=1, eagerly=True):
    model.compile(keras.optimizers.SGD(rate), run_eagerly=eagerly)
    count = steps * training.BATCH
    return training.fit(method, model, count, callbacks=guard, epochs=epochs)


def all_numbers(model):
    variables = [*model.variables]
    if model.compiled:
        variables += model.optimizer.variables
    return [ops.convert_to_numpy(x).copy() for x in variables]


@pytest.mark.full
@pytest.mark.parametrize("method", METHODS)
def test_diagnostics_of_every_method_leave_its_state_alone(method):
    model = training.make(method)
    before = all_numbers(model)
    found = CollapseDiagnostics(model, PROBE)(model)
    assert set(found) >= KEYS
    assert np.isfinite(list(found.values())).all()
    for old, new in zip(before, all_numbers(model), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.full
@pytest.mark.parametrize(
    "method", ["SimCLR", "EquiMod on BYOL", "MoCo", "InstDis"]
)
def test_training_is_not_affected(method):
    ends = []
    for guard in ([], [CollapseGuard(PROBE, every_steps=2)]):
        model = training.make(method)
        fit(method, model, guard, eagerly=EAGERLY)
        ends.append(all_numbers(model))
    for plain, guarded in zip(*ends, strict=True):
        np.testing.assert_array_equal(plain, guarded)


def test_views_are_those_that_a_generator_makes_now():
    model = training.make("LearnedViews")
    diagnostics = CollapseDiagnostics(model, PROBE)
    before = diagnostics(model)["feature_spread"]
    for weight in model.generator.trainable_weights:
        weight.assign(weight + 0.3)
    found = diagnostics(model)["feature_spread"]
    assert found != before
    assert CollapseDiagnostics(model, PROBE)(model)["feature_spread"] == found


def test_logs_diagnostics_of_features_and_projections():
    model = training.make("BYOL")
    history = training_logs(model, CollapseGuard(PROBE, every_steps=4))
    assert set(history) - {"loss", "regression"} == {
        *KEYS,
        "alignment",
        "momentum_drift",
    }
    views = model.make_views(PROBE, training=False).views
    features = [ops.convert_to_numpy(model.encoder(v)) for v in views]
    first, second = (ops.convert_to_numpy(model.projector(f)) for f in features)
    expected = {
        "effective_rank": metrics.effective_rank(features[0]),
        "feature_spread": metrics.feature_spread(features[0]),
        "projection_rank": metrics.effective_rank(first, centered=True),
        "projection_spread": metrics.feature_spread(first),
        "uniformity": metrics.uniformity(first),
        "alignment": metrics.alignment(first, second),
        "momentum_drift": metrics.momentum_drift(model),
    }
    for name, value in expected.items():
        assert history[name] == [pytest.approx(value, rel=1e-4)]


def training_logs(model, guard):
    logs = {}
    note = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, found: [
            logs.setdefault(name, []).append(value)
            for name, value in found.items()
        ]
    )
    fit("BYOL", model, [guard, note])
    return logs


def judged(found_at_each_look, **kwargs):
    """The alarms that a guard raises for scripted diagnostics."""
    guard = CollapseGuard(PROBE, every_steps=10, **kwargs)
    guard.start(step=0)
    for look, found in enumerate(found_at_each_look):
        guard.step = 10 * (look + 1)
        guard.judge({**FINE, **found})
    return guard.alarms


BAD = {
    "complete collapse": {"projection_spread": 0.01},
    "dimensional collapse": {"projection_rank": 1.1},
    "dead dimensions": {"dead_dimensions": 0.99},
    "standing target": {"standing_drift": 0.3},
    "one negative": {"hardest_repulsion": 0.999},
}


@pytest.mark.parametrize("name", BAD)
def test_a_sign_must_last(name):
    ((key, value),) = BAD[name].items()
    twice, thrice = 2 * [BAD[name]], 3 * [BAD[name]]
    assert judged([*twice, {}, *twice], warmup=0) == []
    message = f"Step 40: {name}.*`{key}` is {value}"
    with pytest.warns(UserWarning, match=message):
        alarms = judged([{}, *thrice], warmup=0)
    assert alarms == [(40, name, value)]


def test_a_sign_is_named_again_once_it_has_been_away():
    bad = BAD["complete collapse"]
    with pytest.warns(UserWarning, match="complete"):
        alarms = judged(
            [bad, bad, bad, bad, bad, {}, bad, bad], warmup=0, patience=2
        )
    assert [step for step, *_ in alarms] == [20, 80]


def test_looks_count_after_the_warm_up_only():
    bad = 6 * [BAD["dimensional collapse"]]
    with pytest.warns(UserWarning, match="dimensional"):
        alarms = judged(bad, warmup=20)
    assert alarms == [(50, "dimensional collapse", 1.1)]


def test_a_temperature_needs_no_warm_up():
    with pytest.warns(UserWarning, match="one negative"):
        alarms = judged(3 * [BAD["one negative"]], warmup=1000)
    assert alarms == [(30, "one negative", 0.999)]


def test_thresholds_of_ones_own():
    found = [{"projection_rank": 3.5}]
    assert judged(found, warmup=0, patience=1) == []
    with pytest.warns(UserWarning, match="below its threshold of 4"):
        judged(found, warmup=0, patience=1, thresholds={"projection_rank": 4})


def guarded(model, method="SimCLR", rate=0.0, **kwargs):
    guard = CollapseGuard(PROBE, every_steps=2, warmup=2, patience=2, **kwargs)
    fit(method, model, [guard], steps=8, rate=rate)
    return guard


def with_last_kernel(change):
    model = simclr()
    model.build((None, *tiny.IMAGE_SHAPE))
    kernel = model.projector.trainable_weights[-2]
    kernel.assign(change(ops.convert_to_numpy(kernel)))
    model.projector.trainable_weights[-1].assign(np.ones(8))
    return model


def test_finds_all_images_on_one_point():
    with pytest.warns(UserWarning, match="complete collapse"):
        guard = guarded(with_last_kernel(lambda kernel: 0.01 * kernel))
    assert guard.alarms[0][:2] == (6, "complete collapse")


def test_finds_all_images_on_one_line():
    def one_direction(kernel):
        return 100 * np.outer(kernel[:, 0], np.arange(8))

    with pytest.warns(UserWarning, match="dimensional collapse"):
        guard = guarded(
            with_last_kernel(one_direction),
            thresholds={"projection_spread": 0.0},
        )
    (alarm,) = guard.alarms
    assert alarm == (6, "dimensional collapse", pytest.approx(1, abs=1e-2))


@pytest.mark.parametrize("momentum, count", [(1.0, 1), (0.9, 0)])
def test_finds_a_branch_that_stands_still(momentum, count, recwarn):
    model = training.make("BYOL")
    model.target.momentum = momentum
    guard = guarded(
        model, "BYOL", rate=0.5, thresholds={"standing_drift": 1e-4}
    )
    names = [name for _, name, _ in guard.alarms]
    assert names.count("standing target") == count


def test_finds_a_temperature_that_leaves_one_negative():
    with pytest.warns(UserWarning, match="one negative"):
        guard = guarded(simclr(temperature=1e-5))
    assert guard.alarms[0][:2] == (4, "one negative")
    assert not guarded(simclr(temperature=1.0)).alarms


class Poison(keras.callbacks.Callback):
    def on_train_batch_begin(self, batch, logs=None):
        if batch == 3:
            weight = self.model.encoder.trainable_weights[0]
            weight.assign(np.nan * np.ones(weight.shape))


@pytest.mark.parametrize("action", ["lower", "stop", "warn"])
def test_what_is_not_finite_is_told_at_once(action):
    seen = []
    count = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: seen.append(batch)
    )
    guard = CollapseGuard(PROBE, every_steps=2, action=action)
    with pytest.warns(UserWarning, match="Step 4: not finite") as told:
        fit("SimCLR", simclr(), [Poison(), guard, count], steps=8)
    assert sum("not finite" in str(w.message) for w in told) == 1
    assert [alarm[:2] for alarm in guard.alarms] == [(4, "not finite")]
    assert len(seen) == (8 if action == "warn" else 5)


def test_lowers_the_rate_once_an_alarm():
    model = with_last_kernel(lambda kernel: 0.01 * kernel)
    only_spread = {"projection_rank": 0.0}
    with pytest.warns(UserWarning, match="learning rate is now 2.5e-06"):
        guarded(
            model,
            rate=1e-5,
            action="lower",
            factor=4.0,
            thresholds=only_spread,
        )
    rate = float(ops.convert_to_numpy(model.optimizer.learning_rate))
    assert rate == pytest.approx(2.5e-6)


def test_a_schedule_cannot_be_lowered():
    schedule = keras.optimizers.schedules.CosineDecay(0.1, 10)
    guard = CollapseGuard(PROBE, action="lower")
    with pytest.raises(ValueError, match="must be a number and not a sched"):
        fit("SimCLR", simclr(), [guard], rate=schedule)


def test_ready_views():
    guard = CollapseGuard((PROBE / 255.0, PROBE / 255.0), every_steps=2)
    model = simclr(views=False)
    model.compile("sgd", run_eagerly=True)
    x = (training.images() / np.float32(255),) * 2
    history = model.fit(x, batch_size=4, verbose=0, callbacks=[guard])
    assert history.history["alignment"][0] == pytest.approx(0, abs=1e-6)


def test_overrides_no_hook_at_the_end_of_a_batch():
    # Otherwise Keras on JAX waits for the device at every step.
    assert "on_train_batch_end" not in vars(CollapseGuard)
    assert "on_batch_end" not in vars(CollapseGuard)


@pytest.mark.full
@pytest.mark.backends("tensorflow", "jax")
@pytest.mark.parametrize("method", ["MoCo"])
def test_two_replicas(method):
    guard = CollapseGuard(PROBE, every_steps=1)
    with two_replicas() as scope, scope():
        model = training.make(method)
        model.compile(keras.optimizers.SGD(0.05))
        training.fit(method, model, 16, callbacks=[guard])
    assert guard.judged == 2


def test_mistakes_come_to_light_before_the_first_step():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    model.compile(loss="mse")
    with pytest.raises(ValueError, match="watches a .*Contrastive"):
        model.fit(
            np.zeros((8, 4)),
            np.zeros((8, 1)),
            verbose=0,
            callbacks=[CollapseGuard(PROBE)],
        )
    with pytest.raises(ValueError, match="`images` must be at least 2"):
        fit("SimCLR", simclr(), [CollapseGuard(PROBE[:1])])
    guard = CollapseGuard(np.zeros((tiny.NUM_IMAGES + 1, 12, 12, 3), "uint8"))
    with pytest.raises(ValueError, match="num_images=1024"):
        fit("InstDis", training.make("InstDis"), [guard])
    floats = PROBE.astype("float32")
    with pytest.raises(ValueError, match="`images` of a float type"):
        fit("SimCLR", simclr(), [CollapseGuard(floats)])


ARGUMENTS = {
    "`every_steps` must be": {"every_steps": 0},
    "`warmup` must be": {"warmup": -1},
    "`patience` must be": {"patience": 0},
    "`action` must be one of": {"action": "halt"},
    "`factor` divides": {"factor": 1.0},
    "`thresholds` may name": {"thresholds": {"rank": 2}},
}


@pytest.mark.parametrize("message", ARGUMENTS)
def test_bad_arguments_are_named(message):
    with pytest.raises(ValueError, match=message):
        CollapseGuard(PROBE, **ARGUMENTS[message])

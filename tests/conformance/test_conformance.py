"""The conformance table: every method passes every check of the design."""

import functools
import json
import pathlib

import keras
import numpy as np
import pytest
from keras import ops

from keras_contrastive._keras_internals import layers_of
from keras_contrastive.contrasts import _row_blocks
from tests.conformance.methods import IMAGE_SHAPE, METHODS
from tests.conformance.training import (
    BATCH,
    GOLDEN,
    fit,
    images,
    inputs,
    labels,
    load_golden,
    make,
    numpy_weights,
    train,
)
from tests.conftest import BACKEND, EAGERLY
from tests.replicas import two_replicas

REPORTS = pathlib.Path(__file__).parent / "reports"
every_method = pytest.mark.parametrize("method", METHODS)
conformance = pytest.mark.conformance
# PyTorch compiles nothing, and runs every method.
few_compiled = pytest.mark.full("InstDis", "MoCo", "EquiMod on BYOL")
if BACKEND == "torch":
    few_compiled = pytest.mark.full(*METHODS)


# A method with a queue, one with a bank and one with neither.
COMPILED = ("InstDis", "MoCo", "SimCLR")


def eagerly(method):
    return EAGERLY and method not in COMPILED


@functools.cache
def built(method):
    """One model for all checks that only look, since making one takes long."""
    return make(method)


@functools.cache
def trained(method):
    """A model after five steps, their losses, its weights before and after."""
    model = make(method)
    before = numpy_weights(model)
    losses = train(method, model, steps=5, run_eagerly=eagerly(method))
    return model, losses, before, numpy_weights(model)


@functools.cache
def outputs_of(method):
    return built(method)(inputs(method, images()), training=True)


def extra(method):
    """Labels for `objectives`, if the method learns from them."""
    return {"labels": labels(method)} if METHODS[method].labels else {}


def objectives(method, outputs):
    return built(method).terms(outputs, **extra(method))


def slow_objectives(method, outputs):
    outputs = keras.tree.map_structure(ops.convert_to_numpy, outputs)
    return METHODS[method].slow(outputs, **extra(method))


# 1. value


@conformance(column="value")
@every_method
def test_loss_equals_the_slow_loop(method):
    outputs = outputs_of(method)
    found, slow = objectives(method, outputs), slow_objectives(method, outputs)
    assert set(found) == set(slow) == set(built(method).objective_names)
    for name, values in found.items():
        assert tuple(values.shape) == (len(images()),)
        np.testing.assert_allclose(
            ops.convert_to_numpy(values), slow[name], rtol=2e-5, atol=2e-7
        )


@pytest.mark.float64
@conformance(column="gradient")
@pytest.mark.backends("tensorflow", "jax")
@every_method
def test_gradient_equals_finite_differences(method):
    outputs = with_unit_keys(method, outputs_of(method))
    flat = [wide(t) for t in keras.tree.flatten(outputs)]

    def total(tensors):
        packed = keras.tree.pack_sequence_as(outputs, tensors)
        values = objectives(method, packed).values()
        return sum(ops.sum(value * weights) for value in values)

    packed = keras.tree.pack_sequence_as(outputs, flat)
    found, slow = objectives(method, packed), slow_objectives(method, packed)
    for name, values in found.items():
        np.testing.assert_allclose(
            ops.convert_to_numpy(values), slow[name], rtol=1e-10, atol=1e-14
        )
    rng = np.random.default_rng(0)
    weights = rng.uniform(0.5, 1.5, len(images()))
    is_number = [np.issubdtype(t.dtype, np.floating) for t in flat]
    gradients = autodiff(total, flat, is_number)
    assert all(gradient.dtype == "float64" for gradient in gradients)
    for _ in range(4):
        directions = [
            rng.normal(size=t.shape) if moves else np.zeros_like(t)
            for t, moves in zip(flat, is_number, strict=True)
        ]

        def along(h, directions=directions):
            moved = [
                ops.convert_to_tensor((t + h * d).astype(t.dtype))
                for t, d in zip(flat, directions, strict=True)
            ]
            return float(ops.convert_to_numpy(total(moved)))

        h = 3e-4
        slope = 8 * (along(h) - along(-h)) - (along(2 * h) - along(-2 * h))
        slope /= 12 * h
        directions = [
            d for d, moves in zip(directions, is_number, strict=True) if moves
        ]
        exact = sum(
            (g * d).sum() for g, d in zip(gradients, directions, strict=True)
        )
        assert abs(exact - slope) <= 1e-6 * abs(slope)


def with_unit_keys(method, outputs):
    """Keys of a queue, whose length is 1 in float32, of length 1 in float64."""
    if not hasattr(built(method), "queue") or "negatives" not in outputs:
        return outputs
    keys = wide(outputs["negatives"])
    keys = keys / np.linalg.norm(keys, axis=1, keepdims=True)
    return {**outputs, "negatives": keys}


def wide(tensor):
    """Numbers in float64; integers, such as those of images, as they are."""
    array = ops.convert_to_numpy(tensor)
    is_number = np.issubdtype(array.dtype, np.floating)
    return array.astype("float64") if is_number else array


def autodiff(function, arrays, is_number):
    """Gradients by those of the arrays that are numbers."""

    def of_numbers(numbers):
        numbers = iter(numbers)
        pairs = zip(arrays, is_number, strict=True)
        return function([next(numbers) if moves else a for a, moves in pairs])

    numbers = [a for a, moves in zip(arrays, is_number, strict=True) if moves]
    if keras.backend.backend() == "jax":
        import jax

        gradients = jax.grad(of_numbers)(
            [jax.numpy.asarray(a) for a in numbers]
        )
    else:
        import tensorflow as tf

        tensors = [tf.constant(a) for a in numbers]
        with tf.GradientTape() as tape:
            tape.watch(tensors)
            value = of_numbers(tensors)
        gradients = tape.gradient(value, tensors, unconnected_gradients="zero")
    return [np.asarray(gradient) for gradient in gradients]


@pytest.mark.float64
@conformance(column="blocks")
@pytest.mark.backends("tensorflow", "jax")
@every_method
def test_blocks_of_queries_equal_all_at_once(method, monkeypatch):
    outputs = outputs_of(method)
    flat = [wide(t) for t in keras.tree.flatten(outputs)]
    is_number = [np.issubdtype(t.dtype, np.floating) for t in flat]
    weights = np.random.default_rng(0).uniform(0.5, 1.5, len(images()))

    def total(tensors):
        packed = keras.tree.pack_sequence_as(outputs, tensors)
        values = objectives(method, packed).values()
        return sum(ops.sum(value * weights) for value in values)

    found = []
    for dense in (2**24, 0):
        monkeypatch.setattr(_row_blocks, "DENSE", dense)
        # Blocks of three queries among 16 candidates, and a smaller rest.
        monkeypatch.setattr(_row_blocks, "LEAST", 1)
        monkeypatch.setattr(_row_blocks, "BLOCK", 50)
        value = ops.convert_to_numpy(
            total([ops.convert_to_tensor(array) for array in flat])
        )
        found.append([value, *autodiff(total, flat, is_number)])
    for expected, blocks in zip(*found, strict=True):
        np.testing.assert_allclose(blocks, expected, rtol=1e-10, atol=1e-13)


@conformance(column="micro-batches")
@few_compiled
@every_method
def test_micro_batches_train_as_the_batch(method):
    found = []
    for micro_batch in (None, BATCH // 2):
        model = make(method, **UNSPLIT.get(method, {}))
        freeze_batch_norm(model)
        losses = train(
            method,
            model,
            steps=2,
            micro_batch=micro_batch,
            run_eagerly=method not in COMPILED,
        )
        found.append([np.array(losses), *numpy_weights(model)])
    for expected, in_parts in zip(*found, strict=True):
        np.testing.assert_allclose(in_parts, expected, rtol=1e-5, atol=1e-6)


# Their batch normalization would see parts of the whole batch.
UNSPLIT = {
    name: {"batch_norm_splits": None}
    for name in ("InfoMin", "MoCo", "MoCo with FT")
}


def freeze_batch_norm(model):
    """Has the encoders normalize by constants, not by a batch."""
    followed = [branch.branch[0] for branch in model.momentum_branches()]
    second = getattr(model, "second_encoder", None)
    for encoder in [model.encoder, *followed, *([second] if second else [])]:
        for layer in layers_of(encoder):
            if isinstance(layer, keras.layers.BatchNormalization):
                layer.trainable = False


# Their loss is the sum of two directions, encoders or terms, not the mean.
SUMS_OF_TWO = (
    "AMDIM",
    "BYOL",
    "CMC",
    "EquiMod on BYOL",
    "EquiMod with ESSL on BYOL",
    "MoCoV3",
    "SimSiam",
)


@conformance(column="scores")
@every_method
def test_scores_tell_how_the_loss_changes(method):
    """Along any direction the loss moves as scores, pull and push say."""
    model, outputs = built(method), outputs_of(method)
    if method == "CPC":
        # One offset: of several, each counts as much as the others together.
        model = METHODS[method].make(None, offsets=(1,))
        outputs = {**outputs, "predictions": outputs["predictions"][:1]}
    if method == "AMDIM":
        # What is not recorded.
        model = METHODS[method].make(None, term_weights={"global_to_fine": 0.0})
    scores = model.scores(outputs)
    if scores is None:
        pytest.skip("does not apply: compares no pairs")
    ratios, rng, h = [], np.random.default_rng(0), 1e-3
    for _ in range(4):
        direction = keras.tree.map_structure(
            lambda t: rng.normal(size=t.shape), outputs
        )
        after, before = {}, {}
        for sign, at in ((1, after), (-1, before)):
            moved = keras.tree.map_structure(
                lambda t, d, h=sign * h: moved_by(t, h * d),
                outputs,
                direction,
            )
            restore_constants(moved, outputs)
            at["scores"] = model.scores(moved)
            terms = model.objectives(moved, **extra(method))
            # What is learnt beside the comparison of pairs is not counted.
            for name in ("regularizer", "first_labels", "second_labels"):
                terms.pop(name, None)
            weights = model.term_weights
            at["loss"] = sum(
                weights.get(name, 1.0) * to_numpy(values).mean()
                for name, values in terms.items()
            )
        change = to_numpy(scores.pull) * (
            to_numpy(before["scores"].positives)
            - to_numpy(after["scores"].positives)
        )
        if scores.negatives is not None:
            pushed = to_numpy(after["scores"].negatives) - to_numpy(
                before["scores"].negatives
            )
            change += (to_numpy(scores.push) * pushed).sum(axis=1)
        ratios.append((after["loss"] - before["loss"]) / change.mean())
    number = 2 if method in SUMS_OF_TWO else 1
    np.testing.assert_allclose(ratios, number, rtol=0.05)


def to_numpy(tensor):
    return np.asarray(ops.convert_to_numpy(tensor), "float64")


def restore_constants(moved, outputs):
    if "log_z" in outputs:
        moved["log_z"] = outputs["log_z"]


def moved_by(tensor, change):
    """Numbers of images stay."""
    array = ops.convert_to_numpy(tensor)
    if not np.issubdtype(array.dtype, np.floating):
        return tensor
    return ops.convert_to_tensor((array + change).astype(array.dtype))


# 2. precision


@conformance(column="half precision")
@pytest.mark.full
@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
@every_method
def test_half_precision_trains_finite(method, policy):
    keras.config.set_dtype_policy(policy)
    try:
        model = make(method)
        losses = train(method, model, steps=3)
    finally:
        keras.config.set_dtype_policy("float32")
    assert np.isfinite(losses).all()
    assert all(np.isfinite(w).all() for w in numpy_weights(model))
    wrapped = isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer)
    assert wrapped == (policy == "mixed_float16")
    if wrapped:
        assert not hasattr(model.optimizer.inner_optimizer, "inner_optimizer")


@conformance(column="extreme values")
@pytest.mark.parametrize("case", ["zeros", "equal views", "huge"])
@pytest.mark.parametrize("dtype", ["float32", "float16"])
@every_method
def test_extreme_outputs_stay_finite(method, case, dtype):
    outputs = outputs_of(method)

    def change(tensor):
        array = ops.convert_to_numpy(tensor)
        if not np.issubdtype(array.dtype, np.floating):
            return tensor
        if case == "zeros":
            array = np.zeros_like(array)
        if case == "equal views":
            array = np.broadcast_to(array[:1], array.shape)
        if case == "huge":
            array = array * 6e4 / (np.abs(array).max() + 1e-9)
        return ops.convert_to_tensor(array.astype(dtype))

    changed = keras.tree.map_structure(change, outputs)
    for values in objectives(method, changed).values():
        assert np.isfinite(ops.convert_to_numpy(values)).all()


# 3. eager equals jit


@conformance(column="eager = jit")
@pytest.mark.full
@pytest.mark.backends("tensorflow", "jax")
@every_method
def test_eager_equals_jit(method):
    eager = train(method, make(method), steps=3, run_eagerly=True)
    jit = train(method, make(method), steps=3, jit_compile=True)
    np.testing.assert_allclose(eager, jit, rtol=1e-4)


# 4. backends agree


@conformance(column="backends agree")
@every_method
def test_backends_agree(method):
    """All backends train along one recorded trace, views included."""
    _, losses, _, _ = trained(method)
    np.testing.assert_allclose(losses, load_golden(method), rtol=1e-4)


def test_every_method_has_a_trace():
    assert set(METHODS) <= set(GOLDEN)


# 5. replicas agree


# SimCLR has negatives of the batch; these have batch statistics, a bank, and a
# queue with split batch norm.
@conformance(column="replicas agree")
@pytest.mark.full("BarlowTwins", "InstDis", "InfoMin")
@pytest.mark.backends("tensorflow", "jax")
@every_method
def test_two_replicas_equal_one_device(method):
    if keras.backend.backend() == "tensorflow":
        # This also compares eager with compiled training.
        one = make(method)
        train(method, one, 5, run_eagerly=True)
        expected = numpy_weights(one)
    else:
        *_, expected = trained(method)
    with two_replicas() as scope:
        with scope():
            two = make(method)
            train(method, two, 5)
        after = numpy_weights(two)
    for weight, alone, shared in zip(two.weights, expected, after, strict=True):
        error = np.abs(shared - alone) / np.maximum(1, np.abs(alone))
        assert error.max() <= 1e-5, weight.path


@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_more_replicas_were_as_near(backend):
    """What `.ci/replicas` found after one step and after five."""
    report = json.loads((REPORTS / f"replicas-{backend}.json").read_text())
    assert set(report["errors"]) == set(METHODS)
    for method, errors in report["errors"].items():
        for count, (first, last) in errors.items():
            # Of this one the page says where it jumps.
            jumps = (backend, method, count) == (
                "tensorflow",
                "SimCLR with FT",
                "8",
            )
            assert first <= 2e-6, method
            assert last <= (1e-3 if jumps else 1e-5), method


def test_processes_were_as_near():
    """What `tests.distribution.measure` found after all steps."""
    report = json.loads((REPORTS / "processes-jax.json").read_text())
    assert set(report["errors"]) == set(METHODS)
    for method, errors in report["errors"].items():
        # Of MIO the page says when it jumps.
        bounds = {"2": 1e-5, "4": 2e-3 if method == "MIO" else 1e-5}
        assert all(errors[n] <= bound for n, bound in bounds.items()), method
        assert errors["same rows"] > 1e-3, method


# 6. `.keras` round trip


@conformance(column=".keras round trip")
@every_method
def test_round_trip_continues_identically(method, tmp_path):
    model, *_ = trained(method)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    for resumed in (model, loaded):
        fit(method, resumed, 24)
    for expected, found in zip(
        numpy_weights(model), numpy_weights(loaded), strict=True
    ):
        np.testing.assert_array_equal(found, expected)


# 7. gradients and state


@conformance(column="state")
@every_method
def test_gradients_reach_every_trainable_weight(method):
    model, _, before, after = trained(method)
    for weight, old, new in zip(model.weights, before, after, strict=True):
        if weight.trainable:
            assert (old != new).any(), f"no gradient reaches {weight.path}"


@conformance(column="state")
@every_method
def test_evaluate_changes_nothing(method):
    model, *_ = trained(method)
    before = [ops.convert_to_numpy(v) for v in model.variables]
    optimizer = [ops.convert_to_numpy(v) for v in model.optimizer.variables]
    data = inputs(method, images(16)), labels(method, 16)
    first = model.evaluate(*data, batch_size=8, verbose=0)
    assert first == model.evaluate(*data, batch_size=8, verbose=0)
    metrics = {id(v) for v in model.metrics_variables}
    for old, variable in zip(before, model.variables, strict=True):
        if id(variable) not in metrics:
            np.testing.assert_array_equal(old, ops.convert_to_numpy(variable))
    for old, variable in zip(optimizer, model.optimizer.variables, strict=True):
        np.testing.assert_array_equal(old, ops.convert_to_numpy(variable))


@conformance(column="state")
@every_method
def test_same_outputs_in_training_and_inference(method):
    model = built(method)
    training = keras.tree.map_structure(
        lambda t: tuple(t.shape),
        model(inputs(method, images()), training=True),
    )
    inference = keras.tree.map_structure(
        lambda t: tuple(t.shape),
        model(inputs(method, images()), training=False),
    )
    assert training == inference


# 9. bad input


BAD_INPUT = {
    "wrong rank": (np.zeros((8, 12, 12), "uint8"), r"images\[\.\.\., None\]"),
    "out of range": (np.full((8, *IMAGE_SHAPE), 200.0), "divide by 255"),
    "negative": (np.full((8, *IMAGE_SHAPE), -0.5), "undo a normalization"),
    "batch of one": (np.zeros((1, *IMAGE_SHAPE), "uint8"), "at least 2"),
    "last batch of one": (
        np.resize(np.arange(256, dtype="uint8"), (9, *IMAGE_SHAPE)),
        "`batch_size`.* one image.*9 images, batch_size=8",
    ),
    "integers": (np.zeros((8, *IMAGE_SHAPE), "int32"), "uint8"),
}


@conformance(column="bad input")
@pytest.mark.parametrize("case", BAD_INPUT)
@every_method
def test_bad_images_are_refused(method, case):
    bad, message = BAD_INPUT[case]
    model = untrained(method)
    with pytest.raises(ValueError, match=message):
        model.fit(
            inputs(method, bad),
            labels(method, len(bad)),
            batch_size=8,
            verbose=0,
        )


def untrained(method):
    row = METHODS[method]
    model = row.make(row.views())
    model.compile("sgd", run_eagerly=EAGERLY)
    return model


@conformance(column="bad input")
@every_method
def test_bad_ready_views_are_refused(method):
    if not METHODS[method].ready_views:
        with pytest.raises(ValueError, match="views=None"):
            METHODS[method].make(None)
        return
    model = METHODS[method].make(None)
    views = [ops.zeros((8, *[12] * (r - 2), 3)) for r in model.view_ranks]
    cases = {
        "too many": [*views, views[0]],
        "wrong rank": [views[0][0], *views[1:]],
    }
    if len(views) > 1:
        cases["too few"] = views[:-1]
        cases["no tuple"] = views[0]
    if model.view_ranks == (4, 4):
        cases["unequal shapes"] = [views[0], views[1][:, :8]]
    for case, bad in cases.items():
        bad = tuple(bad) if isinstance(bad, list) else bad
        message = "`x` must be a tuple of ready views: .batch.*Received: shapes"
        if case == "unequal shapes":
            message = "views in `x` must all have the same height"
        with pytest.raises(ValueError, match=message):
            model(inputs(method, bad))


@conformance(column="bad input")
@every_method
def test_view_data_without_its_inner_tuple_is_refused(method):
    with pytest.raises(ValueError, match=r"\(\(view_1, view_2\),\)"):
        untrained(method).fit(
            inputs(method, images()), images(), batch_size=8, verbose=0
        )


@conformance(column="bad input")
@every_method
def test_missing_parts_are_named(method):
    row = METHODS[method]
    if row.index:
        with pytest.raises(ValueError, match='"index": ...'):
            untrained(method).fit(images(), batch_size=8, verbose=0)
        beyond = {"images": images(), "index": np.arange(8) + 9999}
        with pytest.raises(ValueError, match="`num_images`.*10006"):
            untrained(method).fit(beyond, batch_size=8, verbose=0)
    if row.labels:
        with pytest.raises(ValueError, match="learns from labels"):
            untrained(method).fit(images(), batch_size=8, verbose=0)


@conformance(column="bad input")
@every_method
def test_arguments_are_checked(method):
    row = METHODS[method]
    with pytest.raises(ValueError, match="`term_weights` may name"):
        row.make(row.views(), term_weights={"no such term": 1.0})
    model = row.make(row.views())
    with pytest.raises(ValueError, match="`loss` must be left out"):
        model.compile("sgd", loss="mse")
    with pytest.raises(ValueError, match="`metrics` must be left out.*'mae'"):
        model.compile("sgd", metrics=["mae"])


# 10. learning


@conformance(column="learning")
@pytest.mark.full
@pytest.mark.backends("tensorflow", "torch")
@every_method
def test_halves_the_error_of_a_random_encoder(method):
    if method == "CPC":
        pytest.skip("does not apply: patches share colors, to be ignored")
    from tests.conformance.learning import errors_before_and_after

    before, after = errors_before_and_after(method)
    assert after <= before / 2


def test_public_methods_have_a_row():
    import keras_contrastive as kc

    public = {*kc.methods.__all__, *kc.modules.__all__} - {"Module"}
    assert public == {name.split()[0] for name in METHODS}

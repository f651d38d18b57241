import keras
import numpy as np
import pytest
from keras import ops

import keras_contrastive as kc
from keras_contrastive.contrasts._feature_transformation import (
    make_feature_transform,
)
from keras_contrastive.layers import (
    NegativeInterpolation,
    PositiveExtrapolation,
)
from tests import slow_losses as slow
from tests.conformance import training
from tests.conformance.methods import METHODS
from tests.ops.gradient import gradient

WITH_NEGATIVES = ("MoCo", "InstDis", "PIRL", "SimCLR")
WITHOUT = ("BYOL", "SimSiam")


def both(**kwargs):
    return [
        PositiveExtrapolation(seed=1, **kwargs),
        NegativeInterpolation(seed=2, **kwargs),
    ]


def make(method, transform, **kwargs):
    row = METHODS[method]
    if method == "PIRL":
        kwargs["num_negatives"] = 16
    views = training.views_at_start(row.views)
    model = row.make(views, feature_transform=transform, **kwargs)
    shapes = training.inputs(method, training.images())
    model.build(keras.tree.map_structure(np.shape, shapes))
    training.set_weights_by_seed(model)
    return model


def outputs_of(model, method):
    found = model(training.inputs(method, training.images()), training=True)
    return keras.tree.map_structure(ops.convert_to_numpy, found)


@pytest.mark.full
@pytest.mark.parametrize("method", WITH_NEGATIVES + WITHOUT)
def test_before_its_epoch_training_is_that_without(method):
    transform = both(start_epoch=1)
    if method in WITHOUT:
        transform = transform[:1]
    losses, weights = [], []
    for given in (None, transform):
        model = make(method, given)
        losses.append(training.train(method, model, 3, run_eagerly=True))
        weights.append(
            [ops.convert_to_numpy(w) for w in model.trainable_weights]
        )
    if method == "MoCo" and keras.backend.backend() == "torch":
        # Nothing is compiled, and so nothing rearranged.
        assert losses[0] == losses[1]
    np.testing.assert_allclose(*losses, rtol=1e-5)
    for first, second in zip(*weights, strict=True):
        np.testing.assert_allclose(first, second, rtol=1e-4, atol=1e-6)


@pytest.mark.full
@pytest.mark.parametrize("method", WITH_NEGATIVES + WITHOUT)
def test_later_it_is_not(method):
    transform = both(start_epoch=1)
    if method in WITHOUT:
        transform = transform[:1]
    losses = []
    for given in (None, transform):
        model = make(method, given)
        model.compile(keras.optimizers.SGD(0.0), run_eagerly=True)
        history = model.fit(
            training.inputs(method, training.images()),
            batch_size=8,
            epochs=2,
            shuffle=False,
            verbose=0,
        ).history
        losses.append(history["loss"])
    (first, second), (as_first, other) = losses
    assert first == pytest.approx(as_first, rel=1e-5)
    assert abs(second - other) > 1e-3


def compared_by(model, method):
    """The contrasts of a step, in NumPy, term after term."""
    outputs = model(training.inputs(method, training.images()), training=True)
    return outputs, sum(model.compared(outputs).values(), [])


def array(tensor):
    return ops.convert_to_numpy(tensor)


def test_moco_moves_pairs_and_mixes_negatives():
    plain = outputs_of(make("MoCo", None), "MoCo")
    (q,), (k,) = (slow.unit(plain[x]) for x in ("projections", "keys"))
    _, (contrast,) = compared_by(make("MoCo", both()), "MoCo")
    moved_q, moved_k = array(contrast.queries), array(contrast.keys)
    np.testing.assert_allclose(moved_q + moved_k, q + k, atol=1e-5)
    lam = ((moved_q - moved_k) / (q - k) + 1) / 2
    np.testing.assert_allclose(lam, lam.mean(), atol=1e-2)
    assert 1 < lam.mean() < 2
    np.testing.assert_allclose(
        array(contrast.raw_positives), (q * k).sum(axis=1), atol=1e-5
    )
    # A mixture of two rows, in place of each.
    queue, mixed = plain["negatives"], array(contrast.candidates)
    assert mixed.shape == queue.shape
    np.testing.assert_allclose(
        mixed.mean(axis=0), queue.mean(axis=0), atol=1e-6
    )
    assert np.abs(mixed - queue).max() > 0.1


def test_raw_keys_enter_the_queue():
    queues = []
    for given in (None, both()):
        model = make("MoCo", given)
        model(training.images(), training=True)
        queues.append(ops.convert_to_numpy(model.queue.keys))
    np.testing.assert_array_equal(*queues)


def test_the_loss_takes_what_was_moved():
    model = make("MoCo", both())
    found, (contrast,) = compared_by(model, "MoCo")
    q, k, n = map(array, (contrast.queries, contrast.keys, contrast.candidates))
    logits = np.concatenate([(q * k).sum(axis=1)[:, None], q @ n.T], axis=1)
    expected = [slow.log_sum_exp(row / 0.2) - row[0] / 0.2 for row in logits]
    values = model.objectives(found)["info_nce"]
    np.testing.assert_allclose(array(values), expected, rtol=1e-5)


def test_both_directions_of_a_symmetric_moco():
    model = make("MoCo", both(), symmetric=True)
    found, contrasts = compared_by(model, "MoCo")
    assert len(found["projections"]) == len(contrasts) == 2
    # A draw for each direction, one for the queue that both share.
    assert contrasts[0].candidates is contrasts[1].candidates
    moved = []
    for contrast, query in zip(contrasts, found["projections"], strict=True):
        q, k = slow.unit(array(query)), array(contrast.keys)
        plain = array(contrast.queries) + k - q
        lam = (array(contrast.queries) - plain) / (q - plain)
        moved.append(np.median(lam))
    assert abs(moved[0] - moved[1]) > 1e-3
    steps = (
        model.transform.extrapolation.step,
        model.transform.interpolation.step,
    )
    assert [int(array(step)) for step in steps] == [2, 1]
    scores = model.scores(found)
    np.testing.assert_allclose(
        array(scores.positives),
        np.concatenate([array(c.paired()) for c in contrasts]),
        atol=1e-5,
    )
    np.testing.assert_array_equal(
        array(scores.raw_positives),
        np.concatenate([array(c.raw_positives) for c in contrasts]),
    )


@pytest.mark.backends("tensorflow", "torch")
def test_gradients_reach_the_query_through_both():
    transform = make_feature_transform(both(), kc.losses.SOFTMAX, True)
    rng = np.random.default_rng(0)
    h, k, z = (rng.normal(size=(n, 4)).astype("float32") for n in (3, 3, 5))
    z = kc.ops.l2_normalize(z)
    draws = {
        name: np.zeros(1, "int32")
        for name in ("extrapolation", "interpolation")
    }

    def loss(h):
        contrast = kc.contrasts.among(h, k, z, temperature=0.5)
        moved = transform({"term": [contrast]}, draws)["term"][0]
        return ops.mean(kc.losses.softmax_loss(moved))

    found, step = gradient(loss, h), 1e-2
    for place in np.ndindex(h.shape):
        move = np.zeros_like(h)
        move[place] = step
        after, before = (
            float(ops.convert_to_numpy(loss(ops.convert_to_tensor(x))))
            for x in (h + move, h - move)
        )
        slope = (after - before) / (2 * step)
        assert found[place] == pytest.approx(slope, rel=0.02, abs=2e-3)


@pytest.mark.parametrize("method", ["InstDis", "PIRL"])
def test_banks_compare_moved_pairs_with_mixtures(method):
    plain, _ = compared_by(make(method, None), method)
    model = make(method, both())
    found, contrasts = compared_by(model, method)
    extrapolate, interpolate = both()
    negatives = interpolate(plain["negatives"], training=True)
    cosines = []
    for query, contrast in zip(plain["projections"], contrasts, strict=True):
        queries = kc.ops.l2_normalize(query)
        cosines.append(array(ops.sum(queries * plain["own"], axis=1)))
        queries, keys = extrapolate(queries, plain["own"], training=True)
        positives, others = contrast.scores()
        np.testing.assert_allclose(
            array(positives), array(ops.sum(queries * keys, axis=1)), atol=1e-4
        )
        expected = ops.sum(negatives * queries[:, None], axis=-1)
        np.testing.assert_allclose(array(others), array(expected), atol=1e-4)
    raw = [array(contrast.raw_positives) for contrast in contrasts]
    np.testing.assert_allclose(np.stack(raw), np.stack(cosines), atol=1e-4)
    np.testing.assert_array_equal(
        array(model.scores(found).raw_positives), np.concatenate(raw)
    )
    if method == "InstDis":
        np.testing.assert_allclose(
            array(model.objectives(found)["proximal"]),
            2 - 2 * raw[0],
            atol=1e-5,
        )


@pytest.mark.parametrize("method", ["BYOL", "SimSiam"])
def test_predictions_are_compared_as_they_are(method):
    model = make(method, PositiveExtrapolation(seed=1, per_dimension=True))
    found, contrasts = compared_by(model, method)
    pairs = [(array(c.queries), array(c.keys)) for c in contrasts]
    expected = 4 - 2 * sum((p * t).sum(axis=1) for p, t in pairs)
    if method == "SimSiam":
        expected = expected / 4 - 1
    (values,) = model.objectives(found).values()
    np.testing.assert_allclose(array(values), expected, atol=1e-4)
    np.testing.assert_array_equal(
        array(model.scores(found).raw_positives),
        np.concatenate([array(c.raw_positives) for c in contrasts]),
    )


def test_epochs_are_told_to_a_list_of_callbacks_too():
    model = make("SimCLR", both(start_epoch=1))
    model.compile("sgd", run_eagerly=True)
    callbacks = keras.callbacks.CallbackList([], add_history=True, model=model)
    model.fit(
        training.images(),
        batch_size=8,
        epochs=3,
        verbose=0,
        callbacks=callbacks,
    )
    assert int(array(model.transform.extrapolation.epoch)) == 2


def test_no_positive_leaks_into_mixed_negatives_of_simclr():
    # Of one-hot projections, negatives alone have a score of 0.
    model = make("SimCLR", NegativeInterpolation(seed=2))
    found, _ = compared_by(model, "SimCLR")
    z = ops.convert_to_tensor(np.eye(8, dtype="float32"))
    (contrasts,) = model.compared({**found, "projections": [z, z]}).values()
    for contrast in contrasts:
        positives, negatives = map(array, contrast.scores())
        np.testing.assert_array_equal(positives, 1)
        assert negatives.shape == (8, 14)
        np.testing.assert_array_equal(negatives, 0)


def test_simclr_without_mixing_is_nt_xent():
    model = make("SimCLR", both(start_epoch=5))
    found = outputs_of(model, "SimCLR")
    z1, z2 = map(slow.unit, found["projections"])
    np.testing.assert_allclose(
        ops.convert_to_numpy(model.scores(found).raw_positives),
        np.tile((z1 * z2).sum(axis=1), 2),
        atol=1e-5,
    )
    np.testing.assert_allclose(
        ops.convert_to_numpy(model.objectives(found)["nt_xent"]),
        slow.nt_xent(*found["projections"], 0.5),
        rtol=1e-5,
    )


def test_of_simclr_a_moved_anchor_meets_unmoved_negatives():
    model = make("SimCLR", PositiveExtrapolation(seed=1))
    found, (contrast, _) = compared_by(model, "SimCLR")
    z1, z2 = (slow.unit(array(z)) for z in found["projections"])
    positives, negatives = map(array, contrast.scores())
    # From the positive score after, the lam that was drawn.
    s = (z1 * z2).sum(axis=1)
    c = (1 - positives) / (1 - s)
    np.testing.assert_allclose(c, c.mean(), rtol=1e-3)
    lam = (1 + np.sqrt(2 * c.mean() - 1)) / 2
    anchor = lam * z1[0] + (1 - lam) * z2[0]
    expected = np.concatenate([z2[1:] @ anchor, z1[1:] @ anchor])
    np.testing.assert_allclose(negatives[0], expected, atol=1e-4)


def test_without_negatives_one_number_scales_the_loss():
    model = make("BYOL", PositiveExtrapolation(seed=1))
    _, (contrast, _) = compared_by(model, "BYOL")
    after = 1 - array(contrast.paired())
    before = 1 - array(contrast.raw_positives)
    ratio = after / before
    np.testing.assert_allclose(ratio, ratio.mean(), rtol=1e-3)
    assert 1 < ratio.mean() < 5


def test_a_single_layer_or_a_list():
    assert make("MoCo", PositiveExtrapolation()).transform is not None
    assert make("MoCo", []).transform is None


@pytest.mark.parametrize("method", ["MoCoV3", "NNCLR", "MIO", "CPC", "CMC"])
def test_any_method_that_compares_pairs_takes_a_transform(method):
    model = make(method, both())
    found, contrasts = compared_by(model, method)
    for contrast in contrasts:
        moved = array(contrast.paired()) - array(contrast.raw_positives)
        assert np.abs(moved).max() > 1e-4
    for values in model.objectives(found).values():
        assert np.isfinite(array(values)).all()


@pytest.mark.full
@pytest.mark.parametrize("method", WITH_NEGATIVES)
def test_saved_and_loaded(method, tmp_path):
    model = make(method, both(alpha=1.2))
    training.train(method, model, 2, run_eagerly=True)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    kept, again = model.transform, loaded.transform
    assert again.interpolation.get_config() == kept.interpolation.get_config()
    steps = [
        int(array(transform.extrapolation.step)) for transform in (kept, again)
    ]
    assert steps[0] == steps[1] >= 2
    losses = [
        training.train(method, m, 2, run_eagerly=True) for m in (model, loaded)
    ]
    np.testing.assert_allclose(*losses, rtol=1e-5)


def test_refused():
    encoder = kc.encoders.ResNet18((8, 8, 3), width=2)
    pair = both()
    with pytest.raises(ValueError, match="one `PositiveExtrapolation` and"):
        kc.MoCo(encoder, feature_transform=[pair[0], pair[0]])
    with pytest.raises(ValueError, match="Received: .'ReLU'"):
        kc.MoCo(encoder, feature_transform=keras.layers.ReLU())
    with pytest.raises(ValueError, match="may hold one `PositiveEx[a-z]*` of"):
        kc.BYOL(encoder, feature_transform=pair[1])
    with pytest.raises(ValueError, match="compares no pairs"):
        kc.BarlowTwins(encoder, feature_transform=pair[0])
    mixing = NegativeInterpolation(per_dimension=True)
    with pytest.raises(ValueError, match="`per_dimension` must be False"):
        kc.SimCLR(encoder, feature_transform=mixing)
    for bank in (kc.InstDis, kc.PIRL):
        with pytest.raises(ValueError, match="`num_negatives` must be a"):
            bank(
                encoder,
                num_images=8,
                num_negatives=None,
                feature_transform=pair,
            )

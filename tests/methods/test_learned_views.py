import keras
import numpy as np
import pytest
from keras import ops

import keras_contrastive as kc
from keras_contrastive.methods.learned_views import reverse_gradient
from tests.conformance import tiny
from tests.conformance.methods import classifier
from tests.conformance.training import images
from tests.conftest import EAGERLY
from tests.ops.gradient import gradient

IMAGES = images(16).astype("float32") / 255
LABELS = np.arange(16) % 3
LABELLED = ("first_labels", "second_labels")


def make(generator="nvp", classifiers=False, **kwargs):
    keras.utils.set_random_seed(0)
    if isinstance(generator, str):
        generator = kc.layers.ColorFlow(generator, steps=2, hidden_units=8)
    return kc.LearnedViews(
        tiny.encoder((12, 12, 1)),
        tiny.encoder((12, 12, 2), name="second"),
        generator=generator,
        classifiers=[classifier(1), classifier(2)] if classifiers else None,
        projector=tiny.head(units=8, num_layers=1, use_batch_norm=False),
        second_projector=tiny.head(units=8, num_layers=1, use_batch_norm=False),
        **kwargs,
    )


def train(model, labels=None, steps=1, rate=0.05):
    model.compile(keras.optimizers.SGD(rate), run_eagerly=EAGERLY)
    logs = model.fit(
        IMAGES, labels, batch_size=16, epochs=steps, shuffle=False, verbose=0
    )
    return logs.history


def loss_of(model):
    outputs = model(IMAGES, training=True)
    return ops.convert_to_numpy(model.objectives(outputs)["info_nce"]).mean()


def copies(weights):
    return [ops.convert_to_numpy(w).copy() for w in weights]


def test_gradient_is_reversed_and_values_are_not():
    x = np.array([0.3, -1.7, 2.5], "float32")
    same = ops.convert_to_numpy(reverse_gradient(ops.convert_to_tensor(x)))
    np.testing.assert_array_equal(same, x)
    found = gradient(lambda t: ops.sum(reverse_gradient(t) ** 2), x)
    np.testing.assert_allclose(found, -2 * x, rtol=1e-6)


def test_the_generator_raises_what_the_encoders_lower():
    for raises in (True, False):
        model = make()
        model.build(IMAGES.shape)
        before = loss_of(model)
        start = copies(model.trainable_weights)
        own = {id(w) for w in model.generator.trainable_weights}
        assert own
        train(model, rate=0.02)
        # Only one of the two is left to have moved.
        for weight, old in zip(model.trainable_weights, start, strict=True):
            if (id(weight) in own) != raises:
                weight.assign(old)
        assert (loss_of(model) > before) == raises


def test_labels_reach_the_generator_but_no_encoder():
    weights = {"info_nce": 0.0}
    model = make(classifiers=True, term_weights=weights)
    model.build(IMAGES.shape)
    parts = model.encoder, model.second_encoder
    encoders = [copies(part.trainable_weights) for part in parts]
    generator = copies(model.generator.trainable_weights)
    history = train(model, LABELS, steps=4)
    for part, before in zip(parts, encoders, strict=True):
        for weight, old in zip(part.trainable_weights, before, strict=True):
            np.testing.assert_array_equal(ops.convert_to_numpy(weight), old)
    moved = [
        np.abs(ops.convert_to_numpy(w) - old).max()
        for w, old in zip(
            model.generator.trainable_weights, generator, strict=True
        )
    ]
    assert max(moved) > 0
    for name in LABELLED:
        assert history[name][-1] < history[name][0]


def test_images_without_label_count_for_the_pairs_alone():
    model = make(classifiers=True)
    outputs = model(IMAGES, training=False)
    some = np.where(np.arange(16) < 4, LABELS, -1)
    terms = model.objectives(outputs, labels=some)
    logits = [ops.convert_to_numpy(part) for part in outputs["logits"]]
    for name, part in zip(LABELLED, logits, strict=True):
        found = ops.convert_to_numpy(terms[name])
        assert np.all(found[4:] == 0)
        log_sum = np.log(np.exp(part[:4]).sum(axis=1))
        expected = (log_sum - part[np.arange(4), LABELS[:4]]).mean()
        assert found.mean() == pytest.approx(expected, rel=1e-5)
    none = model.objectives(outputs, labels=np.full(16, -1))
    assert np.all(ops.convert_to_numpy(none["first_labels"]) == 0)


def test_views_are_the_channels_standardised():
    model = make(None)
    outputs = model.color_views(IMAGES, training=True)
    first, others = map(ops.convert_to_numpy, outputs)
    axes = (0, 1, 2)
    expected = (IMAGES - IMAGES.mean(axes)) / IMAGES.std(axes)
    np.testing.assert_allclose(first, expected[..., :1], atol=2e-3)
    np.testing.assert_allclose(others, expected[..., 1:], atol=2e-3)


def test_a_frozen_generator_stays_for_new_encoders():
    generator = kc.layers.ColorFlow("vp", steps=2, hidden_units=8)
    train(make(generator), steps=2)
    generator.trainable = False
    before = copies(generator.weights)
    model = make(generator)
    train(model, steps=2)
    for weight, old in zip(generator.weights, before, strict=True):
        np.testing.assert_array_equal(ops.convert_to_numpy(weight), old)
    features = model.joint_encoder()(IMAGES)
    assert features.shape == (16, 32)


def test_what_classifiers_need():
    for wrong in ([classifier(1)], classifier(1)):
        with pytest.raises(ValueError, match="pair of models"):
            kc.LearnedViews(
                tiny.encoder((12, 12, 1)),
                tiny.encoder((12, 12, 2)),
                classifiers=wrong,
            )
    with pytest.raises(TypeError, match="second_encoder"):
        kc.LearnedViews(tiny.encoder((12, 12, 1)))
    with pytest.raises(ValueError, match="learns from labels"):
        train(make(classifiers=True))
    with pytest.raises(ValueError, match="`y` must have labels below 16"):
        train(make(classifiers=True), LABELS + 14)


def test_the_joint_encoder_is_saved(tmp_path):
    model = make("vp")
    train(model)
    encoder = model.joint_encoder()
    expected = ops.convert_to_numpy(encoder(IMAGES))
    encoder.save(tmp_path / "encoder.keras")
    loaded = keras.saving.load_model(tmp_path / "encoder.keras")
    np.testing.assert_array_equal(
        ops.convert_to_numpy(loaded(IMAGES)), expected
    )
    others = (0.98 * IMAGES, LABELS)
    report = kc.evaluation.knn(loaded, (IMAGES, LABELS), others, k=1)
    assert report.accuracy == 1

"""One pass over the images of several probes, and none of old weights."""

import keras
import numpy as np
import pytest

import keras_contrastive as kc
from keras_contrastive.callbacks import KNNProbe, RidgeProbe
from keras_contrastive.callbacks import _shared_pair as module
from keras_contrastive.evaluation import _class_batches, knn
from tests.callbacks.test_knn_probe import (
    IMAGES,
    LABELS,
    TEST,
    TRAIN,
    Checked,
    Pretraining,
    train,
)


@pytest.fixture
def passes(monkeypatch):
    """The encoder of each pass over two sets."""
    found = []

    def extract_pair(encoder, *arguments, **kwargs):
        found.append(encoder)
        return original(encoder, *arguments, **kwargs)

    original = module.extract_pair
    monkeypatch.setattr(module, "extract_pair", extract_pair)
    return found


def copies(data):
    return tuple(each.copy() for each in data)


def test_probes_of_one_encoder_share_the_features_of_an_epoch(passes):
    def probes(of):
        return [
            KNNProbe(of(TRAIN), of(TEST), every=1, k=3),
            RidgeProbe(of(TRAIN), of(TEST), every=1),
            KNNProbe(of(TRAIN), of(TEST), every=2, k=3, name="second"),
        ]

    # Other tuples of the same arrays are the same images.
    _, together = train(probes(lambda data: (data[0], data[1])), epochs=2)
    assert len(passes) == 2
    _, apart = train(probes(copies), epochs=2)
    assert len(passes) == 2 + 5
    assert together == apart


def test_other_images_and_other_encoders_are_read_for_themselves(passes):
    copied = copies(TRAIN)
    other = Pretraining().encoder
    train(
        [
            KNNProbe(TRAIN, TEST, every=1, k=3),
            KNNProbe(copied, TEST, every=1, k=3, name="copied"),
            KNNProbe(TRAIN, TEST, every=1, k=3, encoder=other, name="other"),
            KNNProbe(copied, TEST, every=1, k=1, name="copied again"),
        ],
        epochs=1,
    )
    assert len(passes) == 3 and passes.count(other) == 1


def test_no_feature_is_of_earlier_weights(passes):
    """Not of the epoch before, nor of the same epoch."""

    class Disturb(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            first, *_ = self.model.encoder.trainable_variables
            rng = np.random.default_rng(epoch)
            first.assign(rng.normal(size=first.shape))

    first = KNNProbe(TRAIN, TEST, every=1, k=3, name="first")
    second = KNNProbe(TRAIN, TEST, every=1, k=3, name="second")
    before, after = Checked(), Checked()
    _, history = train([first, before, Disturb(), second, after], epochs=6)
    assert history["first"] == before.expected
    assert history["second"] == after.expected
    assert history["first"] != history["second"] and len(passes) == 12


def test_statistics_of_batch_normalization_count_as_weights():
    encoder = Pretraining().encoder
    before = module.shared_pair(encoder, TRAIN, TEST, 1.0)
    assert module.shared_pair(encoder, TRAIN, TEST, 1.0) is before
    mean = encoder.layers[1].moving_mean
    mean.assign(np.ones(mean.shape))
    after = module.shared_pair(encoder, TRAIN, TEST, 1.0)
    assert not np.allclose(after.train, before.train)


def test_nothing_is_kept_after_an_epoch():
    """Images that were changed in place are read again by the next."""
    encoder, images = Pretraining().encoder, TEST[0].copy()
    kept = []

    class Turn(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            images[:] = TEST[0][:: 1 - 2 * epoch]

        def on_train_batch_begin(self, batch, logs=None):
            kept.append(encoder in module.PAIRS)

    probe = KNNProbe(TRAIN, (images, TEST[1]), every=1, k=3, encoder=encoder)
    _, history = train([Turn(), probe], epochs=2)
    assert not any(kept) and encoder not in module.PAIRS
    assert history["knn_accuracy"] == [
        knn(encoder, TRAIN, (turned, TEST[1]), k=3).accuracy
        for turned in (TEST[0], TEST[0][::-1])
    ]


@pytest.mark.parametrize("kind", ["arrays", "batches"])
def test_images_are_hashed_once_in_a_fit(kind, monkeypatch):
    hashed = []

    def digest(image):
        hashed.append(image)
        return original(image)

    original = _class_batches.digest
    monkeypatch.setattr(_class_batches, "digest", digest)
    sets = [TRAIN, TEST]
    if kind == "batches":
        sets = [kc.data.from_arrays(*each, batch_size=8) for each in sets]
    train([KNNProbe(*sets, every=1, k=3)], epochs=4)
    assert len(hashed) == len(IMAGES)


def test_each_probe_compares_the_sets_by_its_own_limit():
    """The second finds what the first tolerates."""
    sets = [
        kc.data.from_arrays(IMAGES[rows], LABELS[rows], batch_size=8)
        for rows in (slice(0, 16), slice(12, 24))
    ]
    tolerant = KNNProbe(*sets, every=1, k=3, max_overlap=0.5)
    train([tolerant], epochs=2)
    strict = KNNProbe(*sets, every=2, k=3, max_overlap=0.2)
    with pytest.raises(ValueError, match="4 of 12 images"):
        train([tolerant, strict], epochs=2)

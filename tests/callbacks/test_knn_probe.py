import keras
import numpy as np
import pytest

import keras_contrastive as kc
from keras_contrastive.callbacks import KNNProbe
from keras_contrastive.evaluation import knn
from tests.conftest import EAGERLY

rng = np.random.default_rng(0)
IMAGES = rng.integers(0, 256, (24, 4, 4, 1), dtype="uint8")
LABELS = np.arange(24) % 2
TRAIN, TEST = (IMAGES[:16], LABELS[:16]), (IMAGES[16:], LABELS[16:])


class Pretraining(keras.Model):
    """Stands for a model that owns an encoder."""

    def __init__(self):
        super().__init__()
        keras.utils.set_random_seed(1)
        self.encoder = keras.Sequential(
            [
                keras.Input((4, 4, 1)),
                keras.layers.Conv2D(6, 3),
                keras.layers.BatchNormalization(),
                keras.layers.Dropout(0.3, seed=1),
                keras.layers.GlobalAveragePooling2D(),
            ]
        )
        self.head = keras.layers.Dense(1)

    def call(self, x, training=False):
        return self.head(self.encoder(x, training=training))


def train(callbacks, epochs=4):
    model = Pretraining()
    model.compile(keras.optimizers.Adam(0.05), "mse", run_eagerly=EAGERLY)
    x, y = IMAGES / np.float32(255), LABELS[:, None].astype("float32")
    history = model.fit(
        x,
        y,
        batch_size=8,
        epochs=epochs,
        shuffle=False,
        verbose=0,
        callbacks=callbacks,
    )
    return model, history.history


class Checked(keras.callbacks.Callback):
    """Measures as the probe should, by way of copied weights."""

    def __init__(self):
        super().__init__()
        self.twin = Pretraining().encoder
        self.expected = []

    def on_epoch_end(self, epoch, logs=None):
        self.twin.set_weights(self.model.encoder.get_weights())
        self.expected.append(knn(self.twin, TRAIN, TEST, k=3).accuracy)


def test_logs_the_accuracy_of_the_current_weights():
    checked = Checked()
    _, history = train([KNNProbe(TRAIN, TEST, every=1, k=3), checked], epochs=6)
    assert history["knn_accuracy"] == checked.expected
    assert len(set(checked.expected)) > 1


def test_measures_every_few_epochs_and_not_in_between():
    entries = []
    seen = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: entries.append("probe" in logs)
    )
    probe = KNNProbe(TRAIN, TEST, every=2, k=3, name="probe")
    _, history = train([probe, seen])
    assert entries == [False, True, False, True]
    assert len(history["probe"]) == 2


@pytest.mark.parametrize(("epochs", "measured"), [(11, [9, 10]), (3, [2])])
def test_measures_every_tenth_epoch_and_the_last_by_default(epochs, measured):
    found = []
    seen = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: (
            found.append(epoch) if "knn_accuracy" in logs else None
        )
    )
    train([KNNProbe(TRAIN, TEST, k=3), seen], epochs)
    assert found == measured


def test_training_is_not_affected():
    plain, plain_history = train([])
    probed, history = train([KNNProbe(TRAIN, TEST, every=1, k=3)])
    assert history["loss"] == plain_history["loss"]
    for old, new in zip(plain.variables, probed.variables, strict=True):
        np.testing.assert_array_equal(
            keras.ops.convert_to_numpy(old), keras.ops.convert_to_numpy(new)
        )
    for old, new in zip(
        plain.optimizer.variables, probed.optimizer.variables, strict=True
    ):
        np.testing.assert_array_equal(
            keras.ops.convert_to_numpy(old), keras.ops.convert_to_numpy(new)
        )


def test_follows_another_encoder():
    other = Pretraining().encoder
    probe = KNNProbe(TRAIN, TEST, every=1, k=3, encoder=other)
    _, history = train([probe], epochs=2)
    expected = knn(other, TRAIN, TEST, k=3).accuracy
    assert history["knn_accuracy"] == [expected, expected]


def test_overrides_no_batch_hook():
    # Otherwise Keras on JAX waits for the device at every step.
    assert not [name for name in vars(KNNProbe) if "batch" in name]


def test_mistakes_come_to_light_before_the_first_epoch():
    ended = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: pytest.fail("an epoch was trained")
    )
    for test, message in (
        ((IMAGES, None), "`test` must have labels"),
        (IMAGES, "`test` must be a tuple of arrays"),
        ((IMAGES[:0], LABELS[:0]), "`test` must hold at least one image"),
        ((TEST[0], TEST[1] + 1), "`test` must have no other classes"),
    ):
        with pytest.raises(ValueError, match=message):
            train([ended, KNNProbe(TRAIN, test, k=3)])
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    model.compile(loss="mse")
    with pytest.raises(ValueError, match="`encoder` must be given"):
        model.fit(
            np.zeros((8, 4)),
            np.zeros((8, 1)),
            verbose=0,
            callbacks=[ended, KNNProbe(TRAIN, TEST, every=1, k=3)],
        )


def test_sets_of_two_sizes_for_an_encoder_that_takes_both():
    encoder = keras.Sequential(
        [
            keras.Input((None, None, 1)),
            keras.layers.Conv2D(6, 3),
            keras.layers.GlobalAveragePooling2D(),
        ]
    )
    larger = np.pad(TEST[0], [(0, 0), (1, 1), (1, 1), (0, 0)])
    probe = KNNProbe(TRAIN, (larger, TEST[1]), k=3, encoder=encoder)
    _, history = train([probe], epochs=1)
    assert len(history["knn_accuracy"]) == 1


def test_names_missing_labels_and_overlap_are_those_of_the_protocol():
    """A probe measures as its protocol does."""
    sets = []
    for (images, labels), names in ((TRAIN, ["a", "b"]), (TEST, ["b", "a"])):
        labels = np.where(np.arange(len(labels)) % 4 == 2, -1, labels)
        sets.append(kc.data.from_arrays(images, labels, batch_size=2))
        sets[-1].class_names = names
    for probe in (KNNProbe, kc.callbacks.RidgeProbe):
        kwargs = {"k": 3} if probe is KNNProbe else {}
        _, history = train([probe(*sets, name="probe", **kwargs)], epochs=1)
        turned = (TEST[0], np.where(np.arange(8) % 4 == 2, -1, 1 - TEST[1]))
        same = (TRAIN[0], np.where(np.arange(16) % 4 == 2, -1, TRAIN[1]))
        _, expected = train([probe(same, turned, name="probe", **kwargs)], 1)
        assert history["probe"] == expected["probe"]
        with pytest.raises(ValueError, match="`max_overlap=1.0`"):
            train([probe(TRAIN, TRAIN, **kwargs)])
        train([probe(TRAIN, TRAIN, max_overlap=1.0, **kwargs)], epochs=1)
        with pytest.raises(ValueError, match="`max_overlap` must be a share"):
            probe(TRAIN, TRAIN, max_overlap=-1, **kwargs)


def test_classes_of_other_data_are_compared_when_they_are_read():
    test = [(TEST[0], TEST[1] + 1)]
    with pytest.raises(ValueError, match="`test` must have no other class"):
        train([KNNProbe(TRAIN, test, k=3)], epochs=1)


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="`every` must be .* epochs"):
        KNNProbe(TRAIN, TEST, k=3, every=0)
    with pytest.raises(ValueError, match="`every` must be an integer"):
        KNNProbe(TRAIN, TEST, k=3, every=1.5)
    with pytest.raises(ValueError, match="`k` must be"):
        KNNProbe(TRAIN, TEST, k=0)
    with pytest.raises(ValueError, match="`temperature`"):
        KNNProbe(TRAIN, TEST, k=3, temperature=-1)
    with pytest.raises(ValueError, match="`train` is read many times"):
        KNNProbe(iter([TRAIN]), TEST, k=3)
    for train_set in (TRAIN, kc.data.from_arrays(*TRAIN, batch_size=8)):
        with pytest.raises(ValueError, match="`k` must be at most .* 16"):
            KNNProbe(train_set, TEST, k=17)

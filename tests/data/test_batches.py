import pickle

import keras
import numpy as np
import pytest
from keras import tree

from keras_contrastive.data import (
    Batches,
    from_arrays,
    label_subset,
    shapes,
    train_test_split,
)

BACKEND = keras.backend.backend()


def numbered(n=10, **kwargs):
    """Batches whose images hold their own number."""
    images = (
        np.zeros((n, 2, 2, 1), "uint8")
        + np.arange(n, dtype="uint8")[:, None, None, None]
    )
    return from_arrays(images, batch_size=kwargs.pop("batch_size", 3), **kwargs)


def seen(batches):
    return [batch[:, 0, 0, 0].tolist() for batch in batches]


def expected(batches, epoch, first_batch=0):
    size = batches.batch_size
    order = batches.order(epoch)[: len(batches) * size].tolist()
    parts = [order[i : i + size] for i in range(0, len(order), size)]
    return parts[first_batch:]


class Watcher(keras.Model):
    """Learns next to nothing and writes down which images each step saw."""

    def __init__(self, capacity=40):
        super().__init__()
        self.dense = keras.layers.Dense(1)
        self.steps = self.add_weight(
            shape=(), dtype="int32", initializer="zeros", trainable=False
        )
        self.seen = self.add_weight(
            shape=(capacity, 3), initializer="zeros", trainable=False
        )

    def call(self, x, training=False):
        if training:
            row = keras.ops.one_hot(self.steps, self.seen.shape[0])[:, None]
            index = keras.ops.cast(x["index"], "float32")[None]
            self.seen.assign(self.seen + row * index)
            self.steps.assign(self.steps + 1)
        images = keras.ops.cast(x["images"], "float32")
        return self.dense(keras.ops.reshape(images, (-1, 4)))

    def compute_loss(self, x, y, y_pred, sample_weight=None, training=True):
        return keras.ops.mean(keras.ops.square(y_pred))

    def log(self):
        rows = keras.ops.convert_to_numpy(self.seen)
        return rows[: int(self.steps)].astype(int).tolist()


class Seek(keras.callbacks.Callback):
    """Says which epoch to read; ends the first one after its last batch."""

    def __init__(self, batches, first_batch=0):
        super().__init__()
        self.batches, self.first_batch = batches, first_batch

    def on_epoch_begin(self, epoch, logs=None):
        self.batches.seek(epoch, self.first_batch)
        self.last_step = len(self.batches) - self.first_batch - 1
        self.first_batch = 0

    def on_train_batch_end(self, batch, logs=None):
        self.model.stop_training = batch == self.last_step

    def on_epoch_end(self, epoch, logs=None):
        self.model.stop_training = False


def watcher(batches, built):
    model = Watcher()
    model.compile("sgd")
    if built:
        model(next(iter(batches)))
    return model


def test_order_is_a_permutation_that_depends_on_seed_and_epoch():
    batches = numbered(100, seed=4)
    first, second = batches.order(0), batches.order(1)
    assert sorted(first) == sorted(second) == list(range(100))
    assert first.tolist() != second.tolist()
    assert first.tolist() == numbered(100, seed=4).order(0).tolist()
    assert first.tolist() != numbered(100, seed=5).order(0).tolist()


def test_order_never_changes_between_releases():
    assert numbered(8, seed=1).order(2).tolist() == [4, 2, 0, 6, 1, 5, 7, 3]


def test_python_passes_move_on_to_the_next_epoch():
    batches = numbered()
    for epoch in range(3):
        assert batches.epoch == epoch
        assert seen(batches) == expected(batches, epoch)


def test_a_pass_that_is_given_up_is_begun_again():
    batches = numbered()
    next(iter(batches))
    assert seen(batches) == expected(batches, 0)


def test_seek_enters_any_batch_and_later_passes_are_full():
    batches = numbered()
    batches.seek(5, batch=2)
    assert seen(batches) == expected(batches, 5, first_batch=2)
    assert seen(batches) == expected(batches, 6)


def test_without_shuffling_the_order_is_the_source():
    batches = numbered(shuffle=False)
    assert seen(batches) == [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9]]
    assert len(batches) == batches.num_batches == 4
    assert batches.has_partial_batch and batches.partial_batch_size == 1


def test_fewer_images_than_a_batch_are_one_batch_unless_dropped():
    batches = numbered(shuffle=False, batch_size=16)
    assert seen(batches) == [[*range(10)]]
    assert len(batches) == 1 and batches.partial_batch_size == 10
    model = keras.Sequential([keras.Input((2, 2, 1)), keras.layers.Flatten()])
    assert model.predict(batches, verbose=0).shape == (10, 4)


@pytest.mark.parametrize("labels, shuffled", [(None, True), ("some", False)])
def test_defaults_follow_from_the_labels(labels, shuffled):
    batches = numbered(labels=np.arange(10) if labels else None)
    assert batches.shuffle is batches.drop_remainder is shuffled
    assert len(batches) == (3 if shuffled else 4)


def test_elements_hold_what_was_asked_for():
    labels = {"a": np.arange(10), "b": np.ones((10, 2))}
    x, y = next(iter(numbered(labels=labels, shuffle=True, index=True)))
    assert set(x) == {"images", "index"} and x["index"].dtype == "int32"
    np.testing.assert_array_equal(x["images"][:, 0, 0, 0], x["index"])
    np.testing.assert_array_equal(y["a"], x["index"])
    assert y["b"].shape == (3, 2)


def test_an_error_of_the_source_reaches_the_caller():
    class Broken:
        def __len__(self):
            return 4

        def read(self, indices):
            raise OSError("no such picture")

    with pytest.raises(OSError, match="no such picture"):
        list(Batches(Broken(), 2))


@pytest.mark.parametrize("built", [True, False])
def test_keras_epochs_read_one_epoch_each(built):
    batches = numbered(index=True)
    model = watcher(batches, built)
    model.fit(batches, epochs=2, verbose=0)
    model.fit(batches, epochs=1, verbose=0)
    assert model.log() == sum((expected(batches, e) for e in range(3)), [])


@pytest.mark.parametrize("built", [True, False])
def test_an_epoch_of_one_batch(built):
    batches = numbered(3, index=True)
    model = watcher(batches, built)
    model.fit(batches, epochs=3, verbose=0)
    assert model.log() == sum((expected(batches, e) for e in range(3)), [])


@pytest.mark.parametrize("built", [True, False])
def test_seek_from_a_callback_is_exact(built):
    batches = numbered(index=True)
    batches.seek(77)
    model = watcher(batches, built)
    model.fit(
        batches, initial_epoch=2, epochs=4, verbose=0, callbacks=[Seek(batches)]
    )
    assert model.log() == expected(batches, 2) + expected(batches, 3)


def test_seek_into_an_epoch_of_fit():
    batches = numbered(index=True)
    model = watcher(batches, built=True)
    model.fit(batches, epochs=2, verbose=0, callbacks=[Seek(batches, 1)])
    assert model.log() == expected(batches, 0, 1) + expected(batches, 1)
    assert int(model.optimizer.iterations) == 2 * len(batches) - 1


@pytest.mark.skipif(
    BACKEND == "tensorflow", reason="a step without data moves counters there"
)
def test_seek_into_an_epoch_that_ends_when_data_runs_out():
    batches = numbered(index=True)
    batches.seek(0, batch=1)
    model = watcher(batches, built=True)
    with pytest.warns(UserWarning, match="ran out of data"):
        model.fit(batches, epochs=2, verbose=0)
    assert model.log() == expected(batches, 0, 1) + expected(batches, 1)


def test_stopping_within_an_epoch_begins_it_again():
    class Stop(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.stop_training = batch == 1

    batches = numbered(index=True)
    model = watcher(batches, built=True)
    model.fit(batches, verbose=0, callbacks=[Stop()])
    model.fit(batches, verbose=0)
    assert model.log() == expected(batches, 0)[:2] + expected(batches, 0)


def test_counters_move_once_a_step():
    batches = numbered(index=True)
    model = watcher(batches, built=False)
    model.fit(batches, epochs=3, verbose=0)
    assert int(model.optimizer.iterations) == 3 * len(batches)
    assert int(model.steps) == 3 * len(batches)


def test_evaluate_and_predict():
    batches = numbered(labels=np.arange(10, dtype="float32")[:, None])
    model = keras.Sequential(
        [keras.layers.Rescaling(1.0), keras.layers.GlobalAveragePooling2D()]
    )
    model.compile(loss="mse")
    assert model.evaluate(batches, verbose=0) == 0
    outputs = model.predict(batches, verbose=0)
    np.testing.assert_array_equal(outputs[:, 0], np.arange(10))


def test_validation_data():
    batches = numbered(labels=np.arange(10, dtype="float32")[:, None])
    model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    history = model.fit(
        batches, epochs=2, validation_data=batches, verbose=0
    ).history
    assert len(history["val_loss"]) == 2


@pytest.mark.skipif(BACKEND != "tensorflow", reason="needs TensorFlow")
class TestTensorFlow:
    def test_tf_dataset_reads_an_epoch_an_iterator(self):
        batches = numbered(index=True)
        data = batches.to_tf_dataset()
        assert data.cardinality() == len(batches)
        assert data.element_spec["images"].shape == (3, 2, 2, 1)
        for epoch in range(2):
            rows = [x["index"].numpy().tolist() for x in data]
            assert rows == expected(batches, epoch)

    def test_a_short_last_batch_has_an_open_shape(self):
        data = numbered(shuffle=False).to_tf_dataset()
        assert data.element_spec.shape == (None, 2, 2, 1)
        assert [len(x) for x in data] == [3, 3, 3, 1]


def test_what_it_is_can_be_read():
    batches = numbered(labels=np.arange(10), seed=4)
    assert repr(batches) == (
        "<Batches of 10 images: arrays, images (2, 2, 1) uint8; labels; "
        "batch_size=3, shuffle=False, seed=4, drop_remainder=False, "
        "index=False, epoch=0>"
    )
    batches.class_names = list("abcdefghijkl")
    assert "; 12 classes a, b, c, d, e, f, g, h, i, j, ...; " in repr(batches)


def test_a_copy_through_pickle_goes_on_where_it_was():
    batches = numbered(seed=3)
    batches.seek(5, batch=1)
    copy = pickle.loads(pickle.dumps(batches))
    assert seen(copy) == expected(batches, 5, first_batch=1)


class Even:
    """A source without `labels`, so that its parts are rows of it."""

    def __len__(self):
        return 10

    def read(self, indices):
        return np.zeros((len(indices), 2, 2, 1), "uint8"), indices % 2


def test_whatever_is_read_goes_through_pickle():
    """Also within a pass, which begins again in the copy."""
    drawn = shapes(12, 3, image_size=8, labels="all", index=True)
    parts = train_test_split(Batches(Even(), 2, labels=True), test_share=0.4)
    rows = label_subset(np.arange(10) % 2, per_class=2)
    for data in (drawn, *parts, numbered(), Batches(Even(), 2)):
        begun = iter(data)
        first = next(begun)
        copy = pickle.loads(pickle.dumps(data))
        again = next(iter(copy))
        tree.map_structure(np.testing.assert_array_equal, again, first)
        assert len(list(begun)) == len(data) - 1
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(rows)), rows)


def test_wrong_batch_size():
    for value, words in ((0, " from 1 to 10, the"), (11, ""), (2.0, "")):
        message = f"`batch_size` must be an integer{words}.*Received"
        with pytest.raises(ValueError, match=message):
            numbered(batch_size=value)
    with pytest.raises(ValueError, match="`batch_size` must be an integer"):
        numbered(batch_size=True)


@pytest.mark.parametrize("value", [-1, 0.5, 2**64])
def test_wrong_seed(value):
    with pytest.raises(ValueError, match="`seed` must be an integer.*Received"):
        numbered(seed=value)


@pytest.mark.parametrize(
    "position, name", [((-1, 0), "epoch"), ((0, 3), "batch")]
)
def test_wrong_position(position, name):
    with pytest.raises(ValueError, match=f"`{name}` must be.*Received"):
        numbered().seek(*position)

"""Counters move once a step; where they would not, data is refused."""

import keras
import numpy as np
import pytest
from keras import ops

import keras_contrastive as kc
from tests.training.test_contrastive_model import IMAGES, Twice, tiny_encoder

# Keras says so at each end of an epoch that it could not foresee.
pytestmark = pytest.mark.filterwarnings("ignore:Your input ran out of data")

BACKEND = keras.backend.backend()
BATCHES = IMAGES.reshape(4, 4, 8, 8, 3)


class CountedViews(Twice):
    def build(self, input_shape):
        self.step = self.add_weight(
            name="step",
            shape=(),
            dtype="int32",
            initializer="zeros",
            trainable=False,
        )

    def call(self, images, training=False):
        if training:
            self.step.assign(self.step + 1)
        return super().call(images)


def model(**kwargs):
    head = kc.layers.ProjectionHead(4)
    model = kc.MoCo(tiny_encoder(), CountedViews(), head, queue_size=4096)
    model.compile("sgd", **kwargs)
    return model


@pytest.fixture(scope="module")
def compiled():
    """In a graph without XLA, where TensorFlow may take half a step."""
    return model(jit_compile=False)


def counts(model):
    """What counts steps: optimizer, momentum branch, views, queue."""
    found = {"optimizer": int(model.optimizer.iterations)}
    for variable in model.variables if model.built else []:
        if variable.name in ("step", "calls", "next_row"):
            found[variable.name] = int(ops.convert_to_numpy(variable))
    found["next_row"] = found.get("next_row", 0) // 4  # images a batch
    return found


def batch(i):
    return (BATCHES[i],)


class Pictures(keras.utils.PyDataset):
    @property
    def num_batches(self):
        return 4

    def __getitem__(self, i):
        return batch(i)


class Endless(Pictures):
    num_batches = None

    def __getitem__(self, i):
        return batch(i % 4)


def generator(number):
    for i in range(number):
        yield batch(i % 4)


def tf_data(*steps):
    tf = pytest.importorskip("tensorflow")
    data = tf.data.Dataset.from_tensor_slices(IMAGES).batch(4)
    for step in steps:
        data = step(data)
    return data


def filtered(data):
    return data.filter(lambda images: True)


def asserted(data):
    import tensorflow as tf

    return data.apply(tf.data.experimental.assert_cardinality(4))


def endless(data):
    return data.repeat()


def added(model, data, **kwargs):
    """How many steps all counters count in a `fit`."""
    before = counts(model)
    model.fit(data, verbose=0, shuffle=False, **kwargs)
    after = counts(model)
    assert set(after) == {"optimizer", "step", "calls", "next_row"}
    (steps,) = {after[name] - before.get(name, 0) for name in after}
    return steps


def test_counters_move_once_a_step(compiled):
    batches = kc.data.from_arrays(IMAGES, batch_size=4)
    assert added(compiled, batches, epochs=2) == 8
    assert added(compiled, Pictures(), epochs=2) == 8
    assert added(compiled, Endless(), epochs=2, steps_per_epoch=3) == 6
    assert added(compiled, generator(6), epochs=2, steps_per_epoch=3) == 6


@pytest.mark.backends("tensorflow")
def test_counters_on_tf_data(compiled):
    for steps in [(), (filtered, asserted)]:
        assert added(compiled, tf_data(*steps), epochs=2) == 8
    data = tf_data(filtered, endless)
    assert added(compiled, data, epochs=2, steps_per_epoch=4) == 8
    # Data of unknown length is for evaluation alone.
    before = counts(compiled)
    compiled.evaluate(tf_data(filtered), verbose=0)
    assert counts(compiled) == before
    assert added(compiled, tf_data(), validation_data=tf_data(filtered)) == 4


@pytest.mark.backends("tensorflow", "jax")
def test_counters_of_several_steps_at_once():
    """An epoch that is no multiple of them ends in a shorter execution."""
    together = model(jit_compile=False, steps_per_execution=3)
    batches = kc.data.from_arrays(IMAGES, batch_size=4)
    assert added(together, batches, epochs=2) == 8
    if BACKEND == "tensorflow":
        assert added(together, tf_data(filtered), epochs=2) == 8
    with pytest.raises(ValueError, match="`steps_per_epoch` must be a mult"):
        together.fit(batches, steps_per_epoch=4, verbose=0)


def refused(model, message, data, **kwargs):
    with pytest.raises(ValueError, match=message):
        model.fit(data, verbose=0, shuffle=False, **kwargs)


@pytest.mark.backends("tensorflow")
def test_data_of_unknown_length_is_refused_with_the_cure(compiled):
    cure = r"`x` has no length.* `\.apply\(tf\.data\..*assert_cardinality.*"
    refused(compiled, cure + r"`\.repeat\(\)`", tf_data(filtered))
    refused(compiled, cure, tf_data(endless))
    refused(compiled, "`x` has no length.*steps_per_epoch", Endless())
    refused(compiled, "`x` has no length.*yield that many", generator(4))
    # The length that is said, but not kept.
    short = {"epochs": 2, "steps_per_epoch": 4}
    refused(compiled, "ran out of data: 0 of the 4", tf_data(filtered), **short)
    # Safe as they are.
    for kwargs in ({"run_eagerly": True}, {"jit_compile": True}):
        compiled.compile("sgd", **kwargs)
        compiled.fit(tf_data(filtered), shuffle=False, verbose=0)
    compiled.compile("sgd", jit_compile=False)


def test_a_generator_without_batches_for_all_epochs(compiled):
    refused(compiled, "gives each batch once|has no", generator(4), epochs=2)
    short = {"epochs": 2, "steps_per_epoch": 4}
    refused(compiled, "`x` ran out of data: [12] of", generator(6), **short)


def test_a_callback_may_end_an_epoch(compiled):
    class Stop(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.stop_training = True

    steps = {"steps_per_epoch": 4, "callbacks": [Stop()]}
    assert added(compiled, Endless(), **steps) == 1


@pytest.mark.backends("torch")
def test_streams_of_torch(compiled):
    from torch.utils import data

    class Stream(data.IterableDataset):
        def __iter__(self):
            return iter(np.array(IMAGES))

    loader = data.DataLoader(Stream(), batch_size=4)
    assert added(compiled, loader, epochs=2) == 8
    Stream.__len__ = lambda self: 24
    loader = data.DataLoader(Stream(), batch_size=4)
    refused(compiled, "`x` ran out of data: 4 of the 6", loader)

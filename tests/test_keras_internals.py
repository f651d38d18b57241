"""A test for each use of what Keras keeps private."""

import pathlib
import re

import keras
import numpy as np
import pytest
from keras import ops

import keras_contrastive as kc
from keras_contrastive._keras_internals import (
    RANDOM_GENERATOR,
    DataAdapter,
    SafeModeScope,
    build_by_call,
    copy_lambda,
    forget_restored_epoch,
    get_torch_dataloader,
    index_of,
    layers_of,
    raise_hidden,
)


def test_layers_of_any_depth_each_once():
    inner = keras.Sequential([keras.layers.Dense(2), keras.layers.ReLU()])
    outer = keras.Sequential([keras.Input((3,)), inner, keras.layers.Dense(1)])
    found = layers_of(outer)
    assert found[0] is outer
    assert len({id(layer) for layer in found}) == len(found)
    for layer in (inner, *inner.layers, outer.layers[-1]):
        assert any(layer is other for other in found)


def test_fit_takes_a_data_adapter_as_it_is():
    images = np.arange(6, dtype="float32").reshape(6, 1, 1, 1) / 6
    data = kc.data.from_arrays(images, images, batch_size=2, shuffle=True)
    assert isinstance(data, DataAdapter)

    class Recorded(keras.Model):
        def __init__(self):
            super().__init__()
            self.scale = self.add_weight(shape=(), initializer="ones")
            self.seen = self.add_weight(shape=(12,), trainable=False)

        def call(self, x):
            new = ops.reshape(x, (-1,))
            self.seen.assign(ops.concatenate([self.seen[2:], new]))
            return self.scale * x

    model = Recorded()
    model.compile("sgd", "mse")
    model.fit(data, epochs=2, verbose=0)
    orders = [images[data.order(epoch)].ravel() for epoch in (0, 1)]
    np.testing.assert_array_equal(model.seen, np.concatenate(orders))


def test_a_torch_data_loader_yields_what_an_iterator_does():
    if keras.backend.backend() != "torch":
        return
    batches = [np.full((2, 3), value, "float32") for value in (1, 2)]
    loaded = list(get_torch_dataloader(iter(batches)))
    assert len(loaded) == 2
    np.testing.assert_array_equal(np.asarray(loaded[1]), batches[1])


def test_index_of_a_variable_in_an_optimizer():
    variables = [keras.Variable(np.zeros(size)) for size in (1, 2, 3)]
    optimizer = keras.optimizers.SGD(0.1)
    optimizer.build(variables)
    assert [index_of(v, optimizer) for v in variables] == [0, 1, 2]


def test_what_goes_wrong_in_a_call_comes_out_by_itself():
    class Wrong(keras.Model):
        def call(self, x):
            raise ValueError("wrong by itself")

    model = Wrong()
    with pytest.raises(ValueError) as caught:
        build_by_call(model, keras.KerasTensor((2, 3)))
    # Without the note on tracebacks that JAX adds, which `match` would read.
    assert str(caught.value) == "wrong by itself"


def test_what_keras_hides_when_fit_builds_comes_out():
    error = RuntimeError("Unable to automatically build the model.")
    error.__context__ = ValueError("wrong by itself")
    with pytest.raises(ValueError, match="^wrong by itself$"):
        raise_hidden(error)
    error.__context__ = KeyError("not of the input")
    raise_hidden(error)


def test_the_epoch_that_a_backup_restored_is_kept_in_one_attribute(tmp_path):
    x, backup = np.zeros((4, 2)), keras.callbacks.BackupAndRestore(tmp_path)
    backup.on_train_end = lambda logs=None: None  # it would delete the backup
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", run_eagerly=True)
    epochs = []
    for _ in range(2):
        history = model.fit(x, x[:, :1], verbose=0, callbacks=[backup])
        epochs.append(history.epoch)
    forget_restored_epoch(model)
    epochs.append(model.fit(x, x[:, :1], verbose=0).epoch)
    assert epochs == [[0], [], [0]]


@pytest.mark.backends("tensorflow")
def test_keras_cv_draws_from_one_attribute():
    keras_cv = pytest.importorskip("keras_cv")
    layer = keras_cv.layers.RandomHue(0.1, (0, 255))
    assert hasattr(layer, RANDOM_GENERATOR)


def test_private_keras_stands_in_one_file():
    """No `keras.src`, and no method of Keras that begins with `_`."""
    package = pathlib.Path(kc.__file__).parent
    private = re.compile(
        r"keras\.src|(?<!\bself)(?<!\bcls)(?<=\w)\._[a-z]\w*\("
    )
    for path in package.rglob("*.py"):
        if path.name != "_keras_internals.py":
            lines = path.read_text().splitlines()
            code = [line for line in lines if "import" not in line]
            assert not list(filter(private.search, code)), path


def test_a_lambda_is_copied_with_its_function():
    layer = keras.layers.Lambda(lambda x: 2 * x, output_shape=(3,), name="l")
    with SafeModeScope(False):
        again = keras.layers.Lambda.from_config(layer.get_config())
    for copy in (copy_lambda(layer), again):
        assert copy.name == "l" and copy is not layer
        assert copy(keras.Input((3,))).shape == (None, 3)
    assert copy_lambda(layer).function is layer.function

import keras
import numpy as np
import pytest
from keras import ops

import keras_contrastive as kc
from keras_contrastive._keras_internals import in_stateless_scope
from keras_contrastive.layers import _unit_rows
from keras_contrastive.layers._unit_rows import UnitRows
from tests.conformance.methods import METHODS
from tests.conformance.training import BATCH, images, inputs


@pytest.mark.parametrize("shape", [(10, 4), (2, 5, 4), (4,)])
def test_rows_are_directions_whatever_the_block(shape, monkeypatch):
    expected = np.random.default_rng(3).normal(size=shape)
    expected /= np.linalg.norm(expected, axis=-1, keepdims=True)
    for block in (1, 3, 8192):
        monkeypatch.setattr(_unit_rows, "BLOCK", block)
        rows = ops.convert_to_numpy(UnitRows(seed=3)(shape))
        np.testing.assert_array_equal(rows, expected.astype("float32"))


@pytest.mark.parametrize("is_built", [False, True])
@pytest.mark.parametrize("method", ["InstDis", "MoCo"])
def test_drawn_once(method, is_built, monkeypatch):
    drawn, call = [], UnitRows.__call__

    def counted(self, shape, dtype=None):
        drawn.extend([] if in_stateless_scope() else [shape])
        return call(self, shape, dtype)

    monkeypatch.setattr(UnitRows, "__call__", counted)
    model = METHODS[method].make(METHODS[method].views())
    x = inputs(method, images(2 * BATCH))
    model.compile("sgd")
    if is_built:
        model.build(keras.tree.map_structure(np.shape, x))
    model.fit(x, batch_size=BATCH, epochs=2, verbose=0)
    assert len(drawn) == 1


def test_a_queue_of_a_model_begins_with_directions():
    method = METHODS["MoCo"]
    model = method.make(method.views())
    model.build((None, *images().shape[1:]))
    (queue,) = [
        layer
        for layer in model.layers
        if isinstance(layer, kc.layers.FeatureQueue)
    ]
    keys = ops.convert_to_numpy(queue.keys)
    np.testing.assert_allclose(np.linalg.norm(keys, axis=1), 1, rtol=1e-6)

"""A model is traced once to be built, and once for each compiled step."""

import collections

import keras
import numpy as np
import pytest

from keras_contrastive import ContrastiveModel, SimCLR, layers
from keras_contrastive._keras_internals import layers_of
from keras_contrastive.callbacks import ScoreRecorder
from tests.conformance.methods import METHODS
from tests.conformance.training import BATCH, images, inputs, labels, make
from tests.training.test_contrastive_model import Twice, tiny_encoder


@pytest.fixture
def traces(monkeypatch):
    """Counts calls of any model but those on numbers, by `training`."""
    counts, call = collections.Counter(), ContrastiveModel.call

    def counted(self, x, training=False):
        pixels = x["images"] if isinstance(x, dict) else x
        if not is_eager(pixels):
            counts[bool(training)] += 1
        return call(self, x, training=training)

    monkeypatch.setattr(ContrastiveModel, "call", counted)
    return counts


def is_eager(tensor):
    try:
        keras.ops.convert_to_numpy(tensor)
    except Exception:  # each backend has its own
        return False
    return True


# Views alone, a bank, a module with views of its own, transformed features.
@pytest.mark.parametrize(
    "method", ["SimCLR", "InstDis", "ESSL", "MoCo with FT"]
)
def test_nothing_is_traced_twice(method, traces):
    model = METHODS[method].make(METHODS[method].views())
    batch = inputs(method, images()), labels(method)
    several = inputs(method, images(2 * BATCH)), labels(method, 2 * BATCH)
    model.compile("sgd")
    model.build(keras.tree.map_structure(np.shape, batch[0]))
    assert traces == {False: 1}
    seen = []
    for _ in range(3):
        model.train_on_batch(*batch)
        model.test_on_batch(*batch)
        model.fit(*several, batch_size=BATCH, epochs=2, verbose=0)
        model.evaluate(*several, batch_size=BATCH, verbose=0)
        seen.append(dict(traces))
    # Keras compiles for arrays and for what it takes from a data set.
    of_each = 0 if keras.backend.backend() == "torch" else 2
    assert seen[0].get(True, 0) == of_each
    assert seen[0][False] == 1 + of_each
    assert seen[2] == seen[1] == seen[0]


def test_steps_with_a_record_of_scores_are_kept(traces):
    model = SimCLR(tiny_encoder(), Twice(), layers.ProjectionHead(4))
    data = images(2 * BATCH)[:, :8, :8]
    model.compile("sgd")
    recorder, seen = ScoreRecorder(), []
    arguments = {"batch_size": BATCH, "validation_data": (data,), "verbose": 0}
    for first in (0, 2):
        logs = model.fit(data, callbacks=[recorder], **arguments).history
        assert "val_positive_mean" in logs
        rows = recorder.records["positive_mean"][first:]
        assert len(rows) == 2
        assert logs["positive_mean"][0] == pytest.approx(rows.mean(), rel=1e-4)
        assert "positive_mean" not in model.fit(data, **arguments).history
        steps = model.train_function, model.test_function
        seen.append((dict(traces), *steps))
    assert seen[1] == seen[0]


@pytest.mark.parametrize("forget", ["compile", "forget_compiled_steps"])
def test_kept_steps_are_forgotten_with_the_others(forget):
    model = make("MIO")
    model.compile("sgd")
    for capacity in (4, 0):
        model.record_scores(capacity)
        model.make_train_function()
    getattr(model, forget)()
    model.record_scores(4)
    assert model.train_function is None


@pytest.mark.parametrize("method", METHODS)
def test_every_part_is_built(method):
    model = make(method)
    # Keras traces a model that is not, at each `train_on_batch`.
    assert [part for part in layers_of(model) if not part.built] == []

"""What *replicas agree* would find if replicas did not work together."""

import keras
import numpy as np
import pytest

from keras_contrastive.contrasts import _in_batch
from keras_contrastive.layers import _batch_statistics
from tests.conformance.training import make, numpy_weights, train
from tests.conftest import FULL
from tests.replicas import two_replicas

pytestmark = [
    pytest.mark.backends("tensorflow"),
    pytest.mark.skipif(not FULL, reason="the full table only"),
]


def local_statistics(patch):
    patch.setattr(_batch_statistics, "replica_context", lambda: None)
    patch.setattr(_batch_statistics, "mean_over_replicas", lambda x: x)


def local_negatives(patch):
    patch.setattr(_in_batch, "gather", lambda x: x)
    patch.setattr(_in_batch, "global_rows", keras.ops.arange)


@pytest.mark.parametrize("control", [local_statistics, local_negatives])
def test_replicas_that_do_not_work_together_differ(control, monkeypatch):
    one = make("SimCLR")
    train("SimCLR", one, 5, run_eagerly=True)
    control(monkeypatch)
    with two_replicas() as scope, scope():
        two = make("SimCLR")
        train("SimCLR", two, 5)
    error = max(
        float(np.abs(a - b).max())
        for a, b in zip(numpy_weights(one), numpy_weights(two), strict=True)
    )
    print(f"{control.__name__}: {error:.1e}")
    assert error > 1e-3

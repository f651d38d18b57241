import keras
import numpy as np
import pytest
from keras import ops

import keras_contrastive as kc
from keras_contrastive.metrics import momentum_drift
from tests.conformance.methods import METHODS
from tests.conformance.tiny import IMAGE_SHAPE


def built(method):
    model = METHODS[method].make(METHODS[method].views())
    model.build((None, *IMAGE_SHAPE))
    return model


def follow(model):
    model.target.follow([model.encoder, model.projector])


@pytest.mark.parametrize("method", ["BYOL", "MoCo", "MoCoV3"])
def test_a_copy_has_no_drift_and_a_branch_that_stands_still_has(method):
    model = built(method)
    model.target.momentum = 1.0
    follow(model)
    assert momentum_drift(model) == 0
    for weight in model.encoder.trainable_weights:
        weight.assign(1.5 * weight)
    for weight in model.projector.trainable_weights:
        weight.assign(1.5 * weight)
    follow(model)
    assert momentum_drift(model) == pytest.approx(1 / 3, rel=1e-5)


def test_drift_equals_a_loop_over_what_is_trained():
    model = built("BYOL")
    follow(model)
    rng = np.random.default_rng(0)
    distance = length = 0.0
    pairs = zip(
        model.target.branch,
        (model.encoder, model.projector),
        strict=True,
    )
    for own, followed in pairs:
        for a, b in zip(own.weights, followed.weights, strict=True):
            b.assign(b + rng.uniform(size=b.shape))
            if b.trainable:
                a, b = (ops.convert_to_numpy(x).ravel() for x in (a, b))
                for x, y in zip(a, b, strict=True):
                    distance += (float(x) - float(y)) ** 2
                    length += float(y) ** 2
    slow = (distance / length) ** 0.5
    assert momentum_drift(model) == pytest.approx(slow, rel=1e-9)


def test_a_module_shows_the_branch_of_its_method():
    model = built("EquiMod on BYOL")
    follow(model)
    assert momentum_drift(model) == 0


def test_no_branch_no_drift():
    assert momentum_drift(built("SimCLR")) is None


def test_what_is_followed_must_be_in_the_model():
    layer = keras.layers.Dense(2, name="elsewhere")
    layer.build((None, 3))
    branch = kc.layers.MomentumBranch([layer])
    model = keras.Sequential([keras.Input((3,)), branch])
    with pytest.raises(ValueError, match="without .'elsewhere'."):
        momentum_drift(model)

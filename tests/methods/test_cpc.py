import keras
import numpy as np
import pytest
from keras import ops

import keras_contrastive as kc
from tests import slow_losses
from tests.conformance import tiny

RNG = np.random.default_rng(0)
GRID = RNG.uniform(size=(4, 3, 4, 6, 6, 3)).astype("float32")
EVERY = ("down", "up", "right", "left")
# A grid in which what is predicted lies below.
TURNED = {
    "down": lambda x: x,
    "up": lambda x: x[:, ::-1],
    "right": lambda x: np.swapaxes(x, 1, 2),
    "left": lambda x: np.swapaxes(x[:, :, ::-1], 1, 2),
}


def cpc(directions, offsets=(1, 2), **kwargs):
    return kc.CPC(
        tiny.encoder((6, 6, 3), padding="same"),
        context=kc.layers.PatchContext(num_blocks=1, hidden_units=8),
        offsets=offsets,
        directions=directions,
        target_units=8,
        **kwargs,
    )


def array(tensor):
    return ops.convert_to_numpy(tensor)


@pytest.mark.parametrize("directions", [("up",), ("right", "left"), EVERY])
def test_loss_of_directions_equals_the_loop(directions):
    model = cpc(directions)
    outputs = model([GRID])
    targets, expected = array(outputs["targets"]), 0
    predictions = iter(outputs["predictions"])
    for direction in directions:
        for offset in (1, 2):
            expected = expected + slow_losses.patch_info_nce(
                array(next(predictions)), TURNED[direction](targets), offset
            )
    found = array(model.objectives(outputs)["info_nce"])
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize("direction", EVERY)
def test_predictions_know_nothing_of_what_lies_in_their_direction(direction):
    model = cpc((direction,), offsets=(1,))
    (before,) = model([GRID])["predictions"]
    changed = GRID.copy()
    # A view: the last row of the turned grid, which is predicted, never seen.
    TURNED[direction](changed)[:, -1] = 0.5
    (after,) = model([changed])["predictions"]
    np.testing.assert_array_equal(array(after), array(before))
    TURNED[direction](changed)[:, -2] = 0.5
    (after,) = model([changed])["predictions"]
    assert np.abs(array(after) - array(before)).max() > 1e-4


def test_each_direction_has_weights_of_its_own():
    one, four = cpc(("down",)), cpc(EVERY)
    for model in (one, four):
        model([GRID])
    shared = [*one.encoder.weights, *one.to_targets.weights]
    own = len(one.weights) - len(shared)
    assert len(four.weights) == len(shared) + 4 * own
    before = [array(weight) for weight in four.trainable_weights]
    four.compile(keras.optimizers.SGD(0.1), run_eagerly=True)
    four.fit((GRID,), batch_size=4, verbose=0)
    for weight, old in zip(four.trainable_weights, before, strict=True):
        # A ReLU of so few units may be shut.
        assert "bias" in weight.path or (array(weight) != old).any()


def test_version_2_learns_and_goes_on_from_a_file(tmp_path):
    model = kc.CPC(
        kc.encoders.ResNet18(
            (6, 6, 3), stem="cifar", width=2, block_norm="layer"
        ),
        kc.views.cpc_v2(15, patch_size=6, stride=3, crop=5, seed=1),
        context=kc.layers.PatchContext(num_blocks=1, hidden_units=8),
        offsets=(2,),
        directions=EVERY,
        target_units=8,
    )
    images = RNG.uniform(size=(4, 18, 18, 3)).astype("float32")
    model.compile(keras.optimizers.SGD(0.1), run_eagerly=True)
    before = array(model(images)["targets"])
    model.fit(images, batch_size=4, verbose=0)
    after = array(model(images)["targets"])
    assert before.shape == (4, 4, 4, 8) and np.isfinite(after).all()
    assert np.abs(after - before).max() > 1e-5
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(array(loaded(images)["targets"]), after)


def test_four_directions_are_saved(tmp_path):
    model = cpc(EVERY)
    before = array(model.objectives(model([GRID]))["info_nce"])
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.directions == EVERY
    after = array(loaded.objectives(loaded([GRID]))["info_nce"])
    np.testing.assert_array_equal(after, before)


def test_bad_directions_are_named():
    for bad in ((), ("down", "down"), ("below",)):
        with pytest.raises(ValueError, match="`directions` must be some of"):
            cpc(bad)
    with pytest.raises(ValueError, match="`offsets` must be below.*3 rows up"):
        cpc(("right", "up"), offsets=(3,))([GRID])

import keras
import numpy as np
import pytest
from keras import ops

from keras_contrastive.layers import ColorFlow

RNG = np.random.default_rng(0)
PIXELS = RNG.random((2, 3, 4, 3), "float32")


def flow(kind, **kwargs):
    layer = ColorFlow(kind, hidden_units=8, **kwargs)
    layer.build(PIXELS.shape)
    for weight in layer.weights:
        weight.assign(0.5 * np.random.default_rng(1).normal(size=weight.shape))
    return layer


def slow_flow(layer, pixel):
    """One pixel in float64, and the logarithm of the volume change."""

    def numpy(weight):
        return np.asarray(ops.convert_to_numpy(weight), "float64")

    x, log_det = np.asarray(pixel, "float64"), 0.0
    for step in range(layer.steps):
        mix, coupling = layer.mixes[step], layer.couplings[step]
        matrix = np.eye(3)
        for axis, angle in enumerate(numpy(mix.angles)):
            i, j = [k for k in range(3) if k != axis]
            turn = np.eye(3)
            # About the second axis from the third to the first.
            sign = -1 if axis == 1 else 1
            turn[i, i] = turn[j, j] = np.cos(angle)
            turn[i, j], turn[j, i] = -sign * np.sin(angle), sign * np.sin(angle)
            matrix = turn @ matrix
        if layer.kind == "nvp":
            scales, (a, b, c) = numpy(mix.scales), numpy(mix.shears)
            upper = np.diag(np.exp(scales))
            upper[0, 1], upper[0, 2], upper[1, 2] = a, b, c
            matrix = matrix @ upper
            log_det += scales.sum()
        x = matrix @ x
        number = 1 + step % 2
        first = step % 2 == 0
        kept = x[:number] if first else x[3 - number :]
        changed = x[number:] if first else x[: 3 - number]
        hidden = kept
        for place, dense in enumerate(coupling.conditioner):
            kernel, bias = map(numpy, dense.weights)
            hidden = hidden @ kernel + bias
            if place < 2:
                hidden = np.maximum(hidden, 0)
        shift, scale = hidden, np.zeros(len(changed))
        if layer.kind == "nvp":
            shift, scale = np.split(hidden, 2)
            scale = np.tanh(scale)
        changed = changed * np.exp(scale) + shift
        log_det += scale.sum()
        parts = (kept, changed) if first else (changed, kept)
        x = np.concatenate(parts)
    return x, log_det


def slow_log_det(layer, pixel, h=1e-6):
    """From the change of volume itself, by finite differences."""
    columns = [
        (slow_flow(layer, pixel + step)[0] - slow_flow(layer, pixel - step)[0])
        / (2 * h)
        for step in h * np.eye(3)
    ]
    return np.linalg.slogdet(np.array(columns).T)[1]


@pytest.mark.parametrize("kind", ["vp", "nvp"])
def test_equals_a_loop_over_pixels(kind):
    layer = flow(kind)
    found = ops.convert_to_numpy(layer(PIXELS))
    log_det = ops.convert_to_numpy(layer.log_det(PIXELS))
    assert log_det.shape == PIXELS.shape[:-1]
    for place in np.ndindex(PIXELS.shape[:-1]):
        pixel = PIXELS[place].astype("float64")
        expected, slow = slow_flow(layer, pixel)
        np.testing.assert_allclose(found[place], expected, atol=1e-4)
        assert slow == pytest.approx(slow_log_det(layer, pixel), abs=1e-6)
        assert log_det[place] == pytest.approx(slow, abs=1e-4)


def test_only_one_kind_preserves_the_volume():
    assert np.all(ops.convert_to_numpy(flow("vp").log_det(PIXELS)) == 0)
    changes = ops.convert_to_numpy(flow("nvp").log_det(PIXELS))
    assert np.ptp(changes) > 1e-2


@pytest.mark.parametrize("kind", ["vp", "nvp"])
@pytest.mark.parametrize("steps", [1, 5])
def test_the_inverse_brings_the_image_back(kind, steps):
    layer = flow(kind, steps=steps)
    made = layer(PIXELS)
    assert np.abs(ops.convert_to_numpy(made) - PIXELS).max() > 0.1
    back = ops.convert_to_numpy(layer.inverse(made))
    np.testing.assert_allclose(back, PIXELS, atol=1e-4)


@pytest.mark.parametrize("kind", ["vp", "nvp"])
def test_changes_nothing_at_the_start(kind):
    images = (255 * PIXELS).astype("uint8")
    found = ops.convert_to_numpy(ColorFlow(kind)(images))
    np.testing.assert_allclose(found, images / 255, atol=1e-6)


def test_pixels_do_not_mix():
    layer, order = flow("nvp"), RNG.permutation(12)
    mixed = PIXELS.reshape(2, 12, 3)[:, order].reshape(PIXELS.shape)
    found = ops.convert_to_numpy(layer(mixed)).reshape(2, 12, 3)
    expected = ops.convert_to_numpy(layer(PIXELS)).reshape(2, 12, 3)[:, order]
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("kind", ["vp", "nvp"])
def test_saved_and_loaded(kind, tmp_path):
    inputs = keras.Input(PIXELS.shape[1:])
    layer = flow(kind)
    keras.Model(inputs, layer(inputs)).save(tmp_path / "flow.keras")
    loaded = keras.saving.load_model(tmp_path / "flow.keras")
    np.testing.assert_array_equal(
        ops.convert_to_numpy(loaded(PIXELS)),
        ops.convert_to_numpy(layer(PIXELS)),
    )


@pytest.mark.parametrize(
    "arguments", [{"kind": "free"}, {"steps": 0}, {"hidden_units": 1.5}]
)
def test_bad_arguments(arguments):
    with pytest.raises(ValueError, match=f"`{next(iter(arguments))}`"):
        ColorFlow(**arguments)


def test_three_channels():
    with pytest.raises(ValueError, match="three channels"):
        ColorFlow()(PIXELS[..., :2])


@pytest.mark.parametrize("method", ["inverse", "log_det"])
def test_builds_itself(method):
    found = getattr(ColorFlow("nvp"), method)(PIXELS)
    assert found.shape[0] == len(PIXELS)

import keras
import numpy as np
import pytest

from keras_contrastive import views
from keras_contrastive.data import shapes
from keras_contrastive.evaluation import factor_probe, parameter_probe
from keras_contrastive.evaluation._parameter_probe import r2


def noise(count, seed):
    rng = np.random.default_rng(seed)
    return rng.integers(60, 180, (count, 8, 8, 3), "uint8")


def pixels():
    """An encoder that shows the pixels as they are."""
    return keras.Sequential(
        [keras.Input((8, 8, 3)), keras.layers.Flatten(dtype="float32")]
    )


class Brightness(views.Transform):
    """Adds a constant to an image, which its mean tells exactly."""

    num_uniforms = 1
    parameters = {"applied": 1, "delta": 1}

    def sample(self, uniforms, image_shape):
        return {"delta": 0.4 * uniforms[:, 0] - 0.2}

    def neutral(self, image_shape):
        return {"delta": 0.0}

    def change(self, planes, draws):
        return planes + draws["delta"][:, None, None, None]


def pipeline():
    return views.Pipeline([Brightness(), views.QuarterTurns()])


def test_reads_what_stands_in_the_features_and_nothing_else():
    found = parameter_probe(pixels(), pipeline(), noise(400, 0), noise(300, 1))
    delta = found.metrics["brightness/delta"]
    assert delta > 0.9
    # Noise looks the same however it is turned.
    turns = [v for name, v in found.metrics.items() if "turns" in name]
    assert turns and max(turns) < 0.1
    # A transform that always acts has no flag to be read.
    assert "brightness/applied" not in found.metrics
    assert 0 < found.spreads["brightness/delta"] < 0.05


def test_with_the_original_a_change_is_read_exactly():
    found = parameter_probe(
        pixels(),
        pipeline(),
        noise(600, 0),
        noise(300, 1),
        with_original=True,
    )
    alone = parameter_probe(
        pixels(), pipeline(), noise(600, 0), noise(300, 1)
    ).metrics["brightness/delta"]
    assert found.settings["dim"] == 384
    assert found.metrics["brightness/delta"] > (1 + alone) / 2


def test_same_seed_same_report():
    arguments = pixels(), pipeline(), noise(100, 0), noise(100, 1)
    first, second, third = (
        parameter_probe(*arguments, seed=seed).metrics for seed in (1, 1, 2)
    )
    assert first == second != third


def test_factors_are_read_as_what_they_are():
    rng = np.random.default_rng(0)

    def make(count):
        kind = rng.integers(0, 3, count)
        angle = rng.uniform(0, 360, count).astype("float32")
        images = np.zeros((count, 8, 8, 3), "float32")
        images[np.arange(count), kind] = 0.8
        radians = np.deg2rad(angle)
        images[:, 6, 0, 0] = 0.5 + 0.4 * np.cos(radians)
        images[:, 6, 1, 0] = 0.5 + 0.4 * np.sin(radians)
        images[:, 7, :, 2] = rng.uniform(size=(count, 8))  # no two alike
        factors = {
            "kind": kind,
            "rotation": angle,
            "chance": rng.uniform(size=count),
        }
        return images, factors

    train, test = make(400), make(300)
    found = factor_probe(pixels(), train, test)
    assert found.metrics["kind"] == 1.0
    assert found.metrics["rotation"] > 0.999
    assert abs(found.metrics["chance"]) < 0.1
    # As a number, an angle is torn apart at 360 degrees.
    as_number = factor_probe(pixels(), train, test, periods={})
    assert as_number.metrics["rotation"] < 0.7


def test_images_without_a_label_count_for_no_class():
    rng, parts, alone = np.random.default_rng(0), [], []
    for count in (80, 60):
        kind = rng.integers(0, 3, count)
        images = rng.uniform(0, 0.2, (count, 8, 8, 3)).astype("float32")
        images[np.arange(count), kind] = 0.8
        some = np.where(np.arange(count) % 2, kind, -1)
        parts.append((images, {"kind": some[:, None]}))
        alone.append((images[1::2], {"kind": kind[1::2]}))
    found = factor_probe(pixels(), *parts).metrics
    assert found == factor_probe(pixels(), *alone).metrics == {"kind": 1.0}
    shared = factor_probe(pixels(), alone[0], alone[0], max_overlap=1.0)
    assert shared.metrics["kind"] == 1.0


def test_factors_of_shapes():
    parts = []
    for split in ("train", "test"):
        batches = shapes(64, 64, split=split, image_size=8, labels="all")
        parts.append(next(iter(batches)))
    report = factor_probe(pixels(), *parts)
    assert set(report.metrics) == set(parts[0][1])


def test_scale_and_kind_of_a_factor():
    parts = []
    for seed in (0, 1):
        images = noise(600, seed)
        bright = images[..., 0].mean(axis=(1, 2))
        values = {
            "metres": 1e-6 * bright,
            "hue": 360 * bright / bright.max(),
            "is_bright": bright > np.median(bright),
        }
        parts.append((images, values))
    found = factor_probe(pixels(), *parts).metrics
    # A hue in degrees is no hue in turns.
    assert found["metres"] > 0.5 and found["hue"] > 0.5
    assert found["is_bright"] > 0.6


def test_spread_of_a_rare_flag():
    """A resample without it has no R2, and must not reach the spread."""
    truth = np.zeros((300, 1))
    truth[:2] = 1
    score, spread = r2(truth, 0.2 * truth)
    assert score == pytest.approx(1 - 2 * 0.64 / (2 * (1 - 2 / 300)))
    assert 0 < spread < 0.1


def test_bad_arguments():
    encoder, images = pixels(), noise(10, 0)
    with pytest.raises(ValueError, match="`views` must be"):
        parameter_probe(encoder, [views.Grayscale()], images, images)
    with pytest.raises(ValueError, match="`seed`"):
        parameter_probe(encoder, pipeline(), images, images, seed=-1)
    with pytest.raises(ValueError, match="`train` must be a tuple"):
        factor_probe(encoder, images, images)
    with pytest.raises(ValueError, match="dictionary"):
        factor_probe(encoder, (images, np.ones(10)), (images, np.ones(10)))
    short = {"kind": np.ones(9, "int32")}
    with pytest.raises(ValueError, match="shape .images,., here .10,."):
        factor_probe(encoder, (images, short), (images, short))
    constant = {"kind": np.ones(10)}
    with pytest.raises(ValueError, match="'kind', the same for all"):
        factor_probe(encoder, (images, constant), (images, constant))
    few = [(noise(4, seed), {"a": np.arange(4.0)}) for seed in (0, 1)]
    with pytest.raises(ValueError, match="at least 5 images"):
        factor_probe(encoder, *few)
    with pytest.raises(ValueError, match="`test` must hold other images"):
        factor_probe(encoder, few[0], few[0])
    with pytest.raises(ValueError, match="`test` must hold other images"):
        parameter_probe(encoder, pipeline(), images, images)
    holes = {"a": np.where(np.arange(10) == 3, np.nan, 1)}
    with pytest.raises(ValueError, match="must be finite.*'a' with NaN"):
        factor_probe(encoder, (images, holes), (images, holes))
    below = {"a": np.arange(10) - 5}
    with pytest.raises(ValueError, match="`a` must have labels from 0"):
        factor_probe(encoder, (images, below), (images, below))
    names = {"a": np.array(["x", "y"] * 5)}
    with pytest.raises(ValueError, match="integers, booleans or floats.*'a'"):
        factor_probe(encoder, (images, names), (images, names))
    one, two = {"a": np.ones(10)}, {"b": np.ones(10)}
    with pytest.raises(ValueError, match="same factors"):
        factor_probe(encoder, (images, one), (images, two))

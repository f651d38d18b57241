import keras
import numpy as np
import pytest
from keras import ops

import keras_contrastive as kc
from keras_contrastive.evaluation import equivariance
from tests.conformance import tiny
from tests.conformance.training import images


def make(predictor=None):
    head = tiny.head("none", num_layers=1)
    predictor = predictor or tiny.head("none", num_layers=1)
    module = kc.EquiMod(head, tiny.head(), predictor)
    return with_module(tiny.encoder(), tiny.full_views(), module)


def with_module(encoder, views, module):
    model = kc.SimCLR(encoder, views, tiny.head(), modules=[module])
    model.build((None, *tiny.IMAGE_SHAPE))
    return model


def test_a_module_that_says_nothing_moves_is_at_the_line():
    same = keras.layers.Lambda(lambda x: x[:, :32], output_shape=(32,))
    found = equivariance(make(same), images(16)).metrics
    for name, value in found.items():
        if name.endswith("absolute"):
            assert value == pytest.approx(0, abs=1e-6)
        if name.endswith("relative"):
            assert value == pytest.approx(1, abs=1e-3)


def test_each_augmentation_that_was_drawn_has_its_figures():
    report = equivariance(make(), images(16), seed=1)
    prefixes = {name.rpartition("/")[0] for name in report.metrics}
    assert prefixes == {
        "",
        "random_resized_crop",
        "color_jitter",
        "grayscale",
        "gaussian_blur",
    }
    assert set(report.spreads) == set(report.metrics)
    assert report.settings["images"] == 16


def test_one_augmentation_leaves_the_others_at_rest():
    """Images of one color stay as they are under crop and blur alone."""
    flat = np.full((16, *tiny.IMAGE_SHAPE), [200, 60, 60], "uint8")
    found = equivariance(make(), flat, seed=1).metrics
    for name in ("gaussian_blur", "random_resized_crop"):
        assert found[f"{name}/invariance"] == pytest.approx(1, abs=1e-5)
    for name in ("color_jitter", "grayscale"):
        assert found[f"{name}/invariance"] < 1 - 1e-5


def test_an_oracle_of_brightness_beats_the_line():
    """A module that knows what the parameter does, and one that denies it."""
    encoder = keras.Sequential(
        [keras.Input(tiny.IMAGE_SHAPE), keras.layers.Flatten()]
    )
    jitter = kc.views.ColorJitter(0.3, probability=1.0)
    views = tiny.two_views([jitter])
    flat = np.full((16, *tiny.IMAGE_SHAPE), 100, "uint8")
    flat[:, :6] = 60

    def linear(sign):
        """Pixels over the mean, whose direction brightness turns."""
        first = keras.layers.Lambda(
            lambda h: ops.stack([h[:, 0], ops.ones_like(h[:, 0])], axis=1),
            output_shape=(2,),
        )
        column = views.pipelines[0].parameter_names.index(
            "color_jitter/brightness"
        )
        module = kc.EquiMod(
            first,
            keras.layers.Lambda(
                lambda t: t[:, column : column + 1], output_shape=(1,)
            ),
            keras.layers.Lambda(
                lambda x: ops.stack(
                    [x[:, 0] * (1 + sign * 0.3 / 3**0.5 * x[:, 2]), x[:, 1]],
                    axis=1,
                ),
                output_shape=(2,),
            ),
        )
        model = with_module(encoder, views, module)
        return equivariance(model, flat).metrics

    assert linear(1)["relative"] > 100
    assert linear(-1)["relative"] < 0.5


def test_a_transform_that_comes_twice_has_two_figures():
    flips = [kc.views.QuarterTurns(probability=0.5) for _ in range(2)]
    views = tiny.two_views([tiny.crop(), *flips])
    model = with_module(tiny.encoder(), views, kc.EquiMod())
    found = equivariance(model, images(16)).metrics
    assert "quarter_turns/relative" in found
    assert "quarter_turns_1/relative" in found


def test_bad_arguments():
    model = make()
    with pytest.raises(ValueError, match="`model` must be a .*Contrastive"):
        equivariance(model.encoder, images(8))
    plain = kc.SimCLR(tiny.encoder(), tiny.full_views(), tiny.head())
    plain.build((None, *tiny.IMAGE_SHAPE))
    with pytest.raises(
        ValueError, match="among its `modules`. Received: SimCLR"
    ):
        equivariance(plain, images(8))
    with pytest.raises(ValueError, match="`view` must be an integer"):
        equivariance(model, images(8), view=2)

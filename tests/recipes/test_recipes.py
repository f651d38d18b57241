import ast
import dataclasses
import inspect
import pathlib

import keras
import numpy as np
import pytest
from keras import ops

import keras_contrastive as kc
from keras_contrastive.commands.recipe._dry_run import dry_run
from tests.recipes.narrow import RECIPES, narrow

# Optimizer, learning rate at its highest and the epoch of that, decay, steps.
SETTINGS = {
    "barlow_twins_cifar10": ("SGD", 0.24, 0, 5e-4, 800 * 97),
    "byol_cifar10": ("LARS", 2.0, 10, 1e-6, 800 * 97),
    "equimod_byol_cifar10": ("LARS", 2.0, 10, 1e-6, 800 * 97),
    "equimod_byol_imagenet": ("LARS", 4.8, 10, 1.5e-6, 1000 * 312),
    "equimod_simclr_cifar10": ("LARS", 4.0, 10, 1e-6, 800 * 97),
    "equimod_simclr_imagenet": ("LARS", 2.4, 10, 1e-6, 800 * 312),
    "infomin_imagenet": ("SGD", 0.03, 0, 1e-4, 200 * 5004),
    "mio_cifar10": ("LARS", 1.5, 10, 1e-6, 250 * 312),
    "mio_cifar100": ("LARS", 1.5, 10, 1e-6, 250 * 312),
    "mio_stl10": ("LARS", 1.5, 10, 1e-6, 250 * 35),
    "moco_v1_ft_imagenet100": ("SGD", 0.03, 0, 1e-4, 200 * 494),
    "moco_v1_imagenet100": ("SGD", 0.03, 0, 1e-4, 200 * 494),
    "moco_v2_ft_imagenet100": ("SGD", 0.03, 0, 1e-4, 200 * 494),
    "moco_v2_imagenet100": ("SGD", 0.03, 0, 1e-4, 200 * 494),
    "nnclr_cifar10": ("SGD", 0.24, 0, 5e-4, 800 * 97),
    "simclr_cifar10": ("LARS", 2.0, 10, 1e-6, 1000 * 97),
    "simclr_imagenet": ("LARS", 4.8, 10, 1e-6, 100 * 312),
    "simsiam_cifar10": ("SGD", 0.06, 0, 5e-4, 800 * 97),
    "supcon_cifar10": ("SGD", 0.5, 10, 1e-4, 1000 * 48),
    "vicreg_cifar10": ("LARS", 0.3, 10, 1e-6, 1000 * 195),
}

# One of each kind of method; views of 224 pixels take minutes there.
ON_TENSORFLOW = ("equimod_byol_cifar10", "nnclr_cifar10", "supcon_cifar10")


@pytest.fixture(autouse=True)
def asked(monkeypatch, eager_training):
    """What ResNets the recipes ask for; they get tiny encoders."""
    return narrow(monkeypatch)


def rate_at(model, step):
    return float(ops.convert_to_numpy(model.optimizer._learning_rate(step)))


def test_each_has_a_file_and_its_settings_here():
    assert sorted(RECIPES) == sorted(SETTINGS)
    folder = pathlib.Path(inspect.getfile(kc.recipes)).parent
    for name, recipe in RECIPES.items():
        assert recipe.name == name
        text = (folder / f"_{name}.py").read_text()
        assert isinstance(ast.parse(text).body[-1], ast.Expr)  # its docstring
        assert recipe.paper.startswith("https://arxiv.org/abs/")
        assert "https://" in recipe.settings_of or "paper" in recipe.settings_of


@pytest.mark.parametrize("name", RECIPES)
def test_published_settings(name):
    recipe = RECIPES[name]
    optimizer, rate, epoch, decay, steps = SETTINGS[name]
    model = recipe(seed=0)
    run = kc.recipes.Run(recipe.num_images, recipe.batch_size, recipe.epochs)
    assert run.steps == steps
    assert type(model.optimizer).__name__ == optimizer
    assert model.optimizer.l2 == decay
    peak = epoch * (recipe.num_images // recipe.batch_size)
    assert rate_at(model, peak) == pytest.approx(rate, rel=1e-5)
    assert rate_at(model, (peak + steps) // 2) < 0.97 * rate
    left = 0.5 * (1 + np.cos(np.pi * (250 - 10) / (1000 - 10)))
    end = rate * left if name.startswith("mio") else 0
    assert rate_at(model, steps) == pytest.approx(end, rel=1e-3, abs=1e-6)
    assert model.views.seed == 0
    side, size = recipe.image_size, recipe.view_size
    views = model.views(keras.KerasTensor((None, side, side, 3)))
    shapes = [(None, size, size, 3)] * 2
    if name == "infomin_imagenet":
        shapes.append((None, 9, 64, 64, 3))
    assert [view.shape for view in views] == shapes


@pytest.mark.parametrize("name", RECIPES)
def test_encoders(name, asked):
    recipe = RECIPES[name]
    half = recipe(seed=0, batch_size=recipe.batch_size // 2)
    (kind, shape, options), *_ = asked
    assert recipe.title.endswith(kind.replace("Net", "Net-"))
    side = None if name == "infomin_imagenet" else recipe.view_size
    assert shape == (side, side, 3)
    small = recipe.view_size == 32
    assert options["stem"] == ("cifar" if small else "imagenet")
    assert ("normalization" in options) == (not name.startswith("simclr"))
    rate = SETTINGS[name][1] / 2  # of half the batch
    epoch = SETTINGS[name][2]
    peak = epoch * (recipe.num_images // (recipe.batch_size // 2))
    assert rate_at(half, peak) == pytest.approx(rate, rel=1e-5)


def test_methods_have_their_settings():
    assert RECIPES["simclr_cifar10"]().temperature == 0.5
    assert RECIPES["simclr_imagenet"]().temperature == 0.1
    assert RECIPES["infomin_imagenet"]().temperature == 0.15
    moco = RECIPES["moco_v1_ft_imagenet100"](seed=3)
    assert (moco.temperature, moco.momentum, moco.seed) == (0.07, 0.99, 3)
    assert (moco.queue_size, moco.batch_norm_splits) == (65536, 8)
    assert [t.alpha for t in moco.feature_transform] == [2.0, 1.6]
    assert RECIPES["moco_v2_imagenet100"]().feature_transform == []
    for name in RECIPES:
        modules = ["EquiMod"] if name.startswith("equimod") else []
        made = [type(part).__name__ for part in RECIPES[name]().parts or []]
        assert made == modules


@pytest.mark.backends("tensorflow", "torch", "jax")
@pytest.mark.parametrize("name", RECIPES)
def test_three_steps(name, capsys):
    backend = keras.backend.backend()
    if backend == "tensorflow" and name not in ON_TENSORFLOW:
        pytest.skip("slow there; other backends run it")
    recipe = RECIPES[name]
    dry_run(recipe, kc.recipes.Run(recipe.num_images, 4, 10, seed=0))
    printed = capsys.readouterr().out
    steps = 10 * (RECIPES[name].num_images // 4)
    assert f"steps        {steps:,}, 10 epochs of" in printed
    for row in ("a step ", "pretraining ", "peak memory ", "weights "):
        assert f"\n{row}" in printed


def test_short_runs_warm_up_for_a_tenth():
    model = RECIPES["simclr_cifar10"](num_images=80, batch_size=8, epochs=20)
    rates = [rate_at(model, step) for step in range(30)]
    assert np.argmax(rates) == 20  # two epochs of ten steps


def test_the_classifier_of_each():
    encoders = {"simclr_imagenet": 312, "supcon_cifar10": 97}
    for name, steps in encoders.items():
        protocol = RECIPES[name].evaluation
        schedule = protocol.schedule(protocol.batch_size, steps)
        start = float(ops.convert_to_numpy(schedule(0)))
        assert start == pytest.approx(protocol.learning_rate)
    before, after = schedule(60 * 97 - 1), schedule(60 * 97)
    assert float(before) == 5.0 and float(after) == pytest.approx(1.0)
    last = RECIPES["mio_cifar10"].evaluation.schedule(16, 2500)(99 * 2500)
    expected = 0.01 / 2 * 0.98**99  # of half the batch
    assert float(last) == pytest.approx(expected, rel=1e-4)
    constant = RECIPES["moco_v1_imagenet100"].evaluation.schedule(256, 9)
    assert float(constant(60 * 9 - 1)) == 30.0


def test_arguments_are_checked():
    recipe = RECIPES["simclr_cifar10"]
    with pytest.raises(ValueError, match="`epochs`"):
        recipe(epochs=0)
    with pytest.raises(ValueError, match="`batch_size`.*`num_images`"):
        recipe(num_images=10, batch_size=11)
    with pytest.raises(ValueError, match="`held_out`"):
        dataclasses.replace(recipe, held_out=1.0)
    with pytest.raises(ValueError, match="`make_model`"):
        dataclasses.replace(recipe, make_model="simclr")
    with pytest.raises(ValueError, match="`drops`"):
        kc.recipes.LinearProtocol(10, 8, 1.0, drops=3)


@pytest.mark.filterwarnings("error:`rates` gives")
def test_the_predictor_of_sim_siam_takes_a_rate_of_its_own():
    model = RECIPES["simsiam_cifar10"](num_images=8, batch_size=8, epochs=1)
    model.compile(kc.optimizers.SGD(0.1, rates={"predictor": 0.2}))
    images = np.random.default_rng(0).integers(0, 256, (8, 32, 32, 3), "uint8")
    model.fit(images, batch_size=8, verbose=0)
    predictor = {id(x) for x in model.predictor.trainable_variables}
    own = [id(x) in predictor for x in model.trainable_variables]
    found = [rate == "predictor" for rate in model.optimizer.own_rates]
    assert found == own

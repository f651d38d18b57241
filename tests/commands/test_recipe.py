import dataclasses
import json
import shutil

import keras
import numpy as np
import pytest
from PIL import Image

import keras_contrastive as kc
from keras_contrastive.commands import main
from keras_contrastive.commands._run_record import RunRecord
from keras_contrastive.commands.recipe import _command, _run
from tests.recipes.narrow import RECIPES, evaluated_for, narrow

# A training and its probes say what is too few of here.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.fixture(autouse=True)
def small(monkeypatch, eager_training):
    narrow(monkeypatch)

    monkeypatch.setattr(_command, "all_recipes", lambda: evaluated_for(4))


@pytest.fixture
def folder(tmp_path):
    """Two classes of red and of blue images, 16 to train on and 6 to test."""
    rng = np.random.default_rng(0)
    for split, count in (("train", 8), ("val", 3)):
        for channel, name in ((0, "red"), (2, "blue")):
            place = tmp_path / "images" / split / name
            place.mkdir(parents=True)
            for number in range(count):
                pixels = rng.integers(0, 100, (32, 32, 3), "uint8")
                pixels[..., channel] += 150
                Image.fromarray(pixels).save(place / f"{number}.png")
    return tmp_path / "images"


def command(folder, output, *more, name="simsiam_cifar10"):
    sizes = ("--epochs", "3", "--batch-size", "4")
    places = ("--data-dir", str(folder), "--output", str(output))
    return main(["recipe", name, *places, *sizes, *more])


def test_lists_one_line_a_recipe(capsys):
    assert main(["recipe"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(RECIPES)
    line = next(line for line in lines if line.startswith("simclr_cifar10 "))
    assert line.endswith("ResNet-18, cifar10, 1000 epochs of batches of 512")


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["simclr_cifar"], "'simclr_cifar'; perhaps simclr_cifar10 or"),
        (["?"], "no recipe is called '?'. Without a name"),
        (["simclr_cifar10", "--epochs", "0"], "must be at least 1, not 0"),
        (["simclr_cifar10", "--seed", "-1"], "from 0 to 2147483647, not -1"),
        (["moco_v1_imagenet100"], "ImageNet-100 needs --data-dir"),
        (
            ["moco_v1_imagenet100", "--data-dir", "none"],
            "with `train` and `val`, each with the folders",
        ),
        (
            ["simclr_cifar10", "--dry-run", "--batch-size", "60000"],
            "from 1 to 50000, `num_images`. Received: batch_size=60000",
        ),
    ],
)
def test_wrong_arguments_exit_with_status_2(arguments, message, capsys):
    with pytest.raises(SystemExit) as exit:
        main(["recipe", *arguments])
    assert exit.value.code == 2
    assert message in capsys.readouterr().err


@pytest.mark.backends("tensorflow", "torch")
def test_a_dry_run_loads_and_writes_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    small = ("--dry-run", "--batch-size", "5", "--epochs", "20")
    assert main(["recipe", "supcon_cifar10", *small]) == 0
    assert "supcon_cifar10: SupCon, ResNet-50" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


@pytest.mark.backends("torch")
def test_a_dry_run_that_dies_has_told_what_it_was(monkeypatch, capsys):
    def die(*args, **kwargs):
        raise MemoryError

    monkeypatch.setattr(kc.ContrastiveModel, "fit", die)
    with pytest.raises(MemoryError):
        main(["recipe", "simclr_cifar10", "--dry-run", "--batch-size", "5"])
    name, steps = capsys.readouterr().out.splitlines()
    assert name.startswith("recipe       simclr_cifar10: SimCLR, ResNet-18")
    assert steps.startswith("steps        10,000,000, 1000 epochs of 50,000")


class Killed(BaseException):
    pass


# TensorFlow does not repeat its bits on several threads.
@pytest.mark.backends("jax", "torch")
def test_killed_and_resumed_ends_as_if_it_had_not_been(
    folder, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(_run, "EVERY_MINUTES", 1e-9)  # at every step
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    assert command(folder, whole) == 0
    with monkeypatch.context() as patch:

        def die(self, batch, logs=None):
            if len(self.curves.get("loss", [])) == 1 and batch == 1:
                raise Killed

        patch.setattr(RunRecord, "on_train_batch_end", die)
        with pytest.raises(Killed):
            command(folder, broken)
    with pytest.raises(SystemExit):
        command(folder, broken)
    assert "go on with --resume" in capsys.readouterr().err
    assert command(folder, broken, "--resume") == 0
    assert "Going on in epoch 2" in capsys.readouterr().out

    found, expected = (
        json.loads((place / "results.json").read_text())
        for place in (broken, whole)
    )
    assert found["accuracies"] == expected["accuracies"]
    assert found["curves"].keys() == expected["curves"].keys()
    for name, values in expected["curves"].items():
        np.testing.assert_allclose(found["curves"][name], values, rtol=1e-6)
    encoders = [
        keras.saving.load_model(place / "encoder.keras").get_weights()
        for place in (broken, whole)
    ]
    for one, other in zip(*encoders, strict=True):
        np.testing.assert_array_equal(one, other)


def test_what_a_run_writes(folder, tmp_path, capsys):
    output = tmp_path / "runs" / "mio"
    broken = min((folder / "train").rglob("*.png"))
    broken.write_bytes(broken.read_bytes()[:100])
    # Of ImageNet-100 as a folder, larger than the views, and with labels.
    with pytest.warns(UserWarning, match="The next one by path stands in"):
        assert command(folder, output, name="moco_v1_imagenet100") == 0
    names = {path.name for path in output.iterdir()}
    figures = {"views.png", "curves.png", "embedding.png"}
    assert names == figures | {
        "checkpoint",
        "encoder.keras",
        "results.json",
        "settings.json",
    }
    results = json.loads((output / "results.json").read_text())
    assert results["recipe"] == "moco_v1_imagenet100"
    assert results["settings"]["run"] == {
        "num_images": 16,
        "batch_size": 4,
        "epochs": 3,
        "seed": 0,
    }
    assert results["settings"]["published"]["epochs"] == 200
    assert set(results["accuracies"]) == {"knn", "linear"}
    assert results["hours"]["pretraining"] > 0
    assert list(results["unreadable"]) == [str(broken)]
    assert len(results["curves"]["knn_accuracy"]) == 3
    assert results["versions"]["keras"] == keras.__version__
    assert f"Results are in {output}" in capsys.readouterr().out
    again = command(folder, output, "--resume", name="moco_v1_imagenet100")
    assert (
        again == 0 and "This training ended before" in capsys.readouterr().out
    )


def test_no_test_image_stands_in_for_one_that_vanished(
    folder, tmp_path, monkeypatch
):
    path, output = folder / "val" / "red" / "0.png", tmp_path / "run"
    content = path.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(
            RunRecord,
            "on_train_end",
            lambda self, logs=None: path.unlink(),
            raising=False,
        )
        with pytest.raises(ValueError, match="val/red/0.png: No such file"):
            command(folder, output)
    assert not (output / "results.json").exists()
    path.write_bytes(content)
    assert command(folder, output, "--resume") == 0


def test_copies_among_the_training_images_stop_nothing(folder, tmp_path):
    for path in (folder / "train").rglob("*.png"):
        if path.name != "0.png":
            shutil.copy(path.with_name("0.png"), path)
    assert command(folder, tmp_path / "run") == 0


def test_unreadable_images_of_both_trainings_are_named(
    folder, tmp_path, monkeypatch
):
    shutil.copytree(folder / "train", folder / "more")
    broken = [folder / split / "red" / "3.png" for split in ("more", "train")]
    for path in broken:
        path.write_bytes(b"")
    recipe = dataclasses.replace(
        evaluated_for(1)["simsiam_cifar10"], splits=("more", "train", "test")
    )
    found = {recipe.name: recipe}
    monkeypatch.setattr(_command, "all_recipes", lambda: found)
    assert command(folder, tmp_path / "run") == 0
    results = json.loads((tmp_path / "run" / "results.json").read_text())
    assert list(results["unreadable"]) == [str(path) for path in broken]


def test_what_is_held_out_trains_nothing(folder):
    recipe = RECIPES["mio_cifar10"]
    data = _command.recipe_data(recipe, folder)
    assert len(data.source) == data.train.num_images == 12  # a fifth of 8: 2
    assert data.test.num_images == 6

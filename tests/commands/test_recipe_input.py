"""What the command refuses, and that it does so before it trains."""

import dataclasses

import numpy as np
import pytest
from PIL import Image

from keras_contrastive.commands import main
from keras_contrastive.commands.recipe import _command
from tests.commands.pictures import picture_folder
from tests.recipes.narrow import RECIPES, narrow

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.fixture(autouse=True)
def small(monkeypatch, eager_training):
    narrow(monkeypatch)

    def short():
        return {
            name: dataclasses.replace(
                recipe,
                evaluation=dataclasses.replace(recipe.evaluation, epochs=1),
            )
            for name, recipe in RECIPES.items()
        }

    monkeypatch.setattr(_command, "all_recipes", short)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Images in `train` and `test`, and folders that are wrong."""
    root = tmp_path_factory.mktemp("folders")
    for name in ("images", "no test", "one class", "other classes"):
        picture_folder(root / name / "train", 8)
    for name in ("images", "one class"):
        picture_folder(root / name / "test", 3, sizes=((48, 48),))
    for path in (root / "one class" / "train" / "red").iterdir():
        path.unlink()
    other = root / "other classes" / "test" / "green"
    other.mkdir(parents=True)
    Image.fromarray(np.zeros((32, 32, 3), "uint8")).save(other / "0.png")
    for split in ("train", "test"):
        place = root / "no classes" / split
        place.mkdir(parents=True)
        Image.fromarray(np.zeros((32, 32, 3), "uint8")).save(place / "0.png")
    (root / "file").write_text("no folder")
    return root


def refused(arguments, capsys):
    """The last line of a command that exits with status 2."""
    with pytest.raises(SystemExit) as exit:
        main(["recipe", *arguments])
    assert exit.value.code == 2
    return capsys.readouterr().err.splitlines()[-1]


def command(*more, name="simsiam_cifar10"):
    return [name, "--data-dir", "images", "--epochs", "2", *more]


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--data-dir", "no classes"], "in the subfolder of its class"),
        (["--data-dir", "no test"], "has a folder `train`, but none that is"),
        (["--data-dir", "file"], "file is a file: give the folder"),
        (["--data-dir", "one class"], "images of at least 2 classes"),
        (["--data-dir", "other classes"], "['green'] in `test` alone"),
        (["--batch-size", "1"], "at least 2, as one image"),
        (["--batch-size", "1", "--dry-run"], "at least 2, as one image"),
        (["--batch-size", "17"], "from 1 to 16, `num_images`"),
        (["--output", "file"], "File exists"),
        (["--output", "file/run"], "Not a directory"),
    ],
)
def test_wrong_input_is_one_line_and_trains_nothing(
    folders, tmp_path, monkeypatch, arguments, message, capsys
):
    monkeypatch.chdir(folders)
    sizes = ["--batch-size", "4", "--output", str(tmp_path / "run")]
    line = refused(command(*sizes, *arguments), capsys)
    assert line.startswith("python -m keras_contrastive recipe: error: ")
    assert message in line
    assert not (tmp_path / "run").exists()


@pytest.fixture(scope="module")
def ended(folders, tmp_path_factory):
    """The output of a run, once there is one."""
    return tmp_path_factory.mktemp("run") / "output"


@pytest.mark.parametrize(
    "more, message",
    [
        (("--batch-size", "8"), "holds a run with batch_size 4 and not 8: go"),
        (("--epochs", "3"), "epochs 2 and not 3"),
        (("--seed", "1"), "seed 0 and not 1"),
        (("simclr_cifar10",), "recipe simsiam_cifar10 and not simclr_cifar10"),
    ],
)
def test_another_run_is_not_gone_on_with(
    folders, ended, monkeypatch, more, message, capsys
):
    monkeypatch.chdir(folders)
    shared = ("--batch-size", "4", "--output", str(ended))
    if not ended.exists():
        assert main(["recipe", *command(*shared)]) == 0
    before = {path: path.stat().st_mtime_ns for path in ended.rglob("*")}
    name, more = (more[0], ()) if len(more) == 1 else ("simsiam_cifar10", more)
    arguments = command(*shared, "--resume", *more, name=name)
    assert message in refused(arguments, capsys)
    after = {path: path.stat().st_mtime_ns for path in ended.rglob("*")}
    assert after == before

"""What the command refuses, and that it does so before it trains."""

import os
import shutil
import warnings

import numpy as np
import pytest
from PIL import Image

from keras_contrastive.commands import main
from keras_contrastive.commands.recipe import _check_images, _command, _data
from keras_contrastive.training import ContrastiveModel
from tests.commands.pictures import picture_folder
from tests.recipes.narrow import RECIPES, evaluated_for, narrow

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.fixture(scope="module", autouse=True)
def small():
    with pytest.MonkeyPatch.context() as patch:
        narrow(patch)
        patch.setattr(_command, "all_recipes", lambda: evaluated_for(1))
        yield


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Images in `train` and `test`, and folders that are wrong."""
    root = tmp_path_factory.mktemp("folders")
    whole = ("images", "as many", "one class", "fewer classes")
    whole += ("broken test", "broken train", "broken class", "locked", "copies")
    for name in (*whole, "no test", "other classes"):
        picture_folder(root / name / "train", 8)
    for name in whole:
        picture_folder(root / name / "test", 3, sizes=((48, 48),))
    for place in ("one class/train", "fewer classes/test"):
        for path in (root / place / "red").iterdir():
            path.unlink()
    (root / "broken test" / "test" / "red" / "00.png").write_text("no image")
    for place, count in (("broken train", 6), ("broken class", 8)):
        for name in ("red", "blue")[: 12 // count]:
            folder = root / place / "train" / name
            for path in sorted(folder.iterdir())[:count]:
                path.write_bytes(b"")
    picture_folder(root / "locked" / "test" / "red" / "more", 1)
    copied = root / "copies" / "train" / "red" / "00.png"
    shutil.copy(copied, root / "copies" / "test" / "red" / "again.png")
    picture_folder(root / "capital" / "Train", 8)
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
    sizes = ("--epochs", "2", "--batch-size", "4")
    return [name, "--data-dir", "images", *sizes, *more]


def trained(*args, **kwargs):
    pytest.fail("it has trained")


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--data-dir", "no classes"], "in the subfolder of its class"),
        (
            ["--data-dir", "no test"],
            "`data_dir` must have a folder `test` or `val` or `validation` "
            "beside `train`. Received: no test",
        ),
        (
            ["--data-dir", "file"],
            "`data_dir` must be a folder. Received: file, a file",
        ),
        (
            ["--data-dir", "one class"],
            "images of at least 2 classes. Received: classes ['blue']",
        ),
        (
            ["--data-dir", "imagse"],
            "`data_dir` must be a folder that exists, an empty one to download "
            "cifar10 to. Received: imagse",
        ),
        (
            ["--data-dir", "images/train"],
            "`data_dir` must have folders `train` and `test` or `val`, each "
            "with a folder of images for each class. Received: images/train, "
            "where there is images/train/",
        ),
        (["--data-dir", "capital"], "where there is capital/Train/"),
        (["--data-dir", "."], "Received: ., where there is "),
        (["--data-dir", "other classes"], "['green'] in `test` alone"),
        (
            ["--data-dir", "broken test"],
            "1 of the test images cannot be read, the first is "
            "broken test/test/red/00.png: ",
        ),
        (
            ["--data-dir", "broken train"],
            "replaces at most 10 of 16 images, find all others by "
            "`kc.data.verify`. Cannot read the image broken train/train/",
        ),
        (
            ["--data-dir", "broken class"],
            "the file is empty, nor any other of its class",
        ),
        (
            ["--data-dir", "copies"],
            "1 of the images to test on are among those to train on, too many "
            "to pass over; move them out of one: copies/test/red/"
            "again.png shows what copies/train/red/00.png does",
        ),
        (
            ["--data-dir", "no test", "--batch-size", "1"],
            "at least 2, as one image has no other to be compared with",
        ),
        (["--batch-size", "1", "--dry-run"], "at least 2, as one image"),
        (["--batch-size", "17"], "from 1 to 16, `num_images`"),
        (["--output", "file"], "File exists"),
        (["--output", "file/run"], "Not a directory"),
    ],
)
def test_wrong_input_is_one_line_and_trains_nothing(
    folders, monkeypatch, arguments, message, capsys
):
    monkeypatch.chdir(folders)
    monkeypatch.setattr(ContrastiveModel, "fit", trained)
    before = sorted(folders.rglob("*"))
    line = refused(command(*arguments), capsys)
    assert line.startswith("python -m keras_contrastive recipe: error: ")
    assert message in line
    assert sorted(folders.rglob("*")) == before


def test_a_class_of_test_images_that_cannot_be_opened(
    folders, monkeypatch, capsys
):
    scan = os.scandir

    def refuse(path):
        if str(path).endswith("more"):
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.chdir(folders)
    monkeypatch.setattr(os, "scandir", refuse)
    monkeypatch.setattr(ContrastiveModel, "fit", trained)
    line = refused(command("--data-dir", "locked"), capsys)
    assert line.endswith("a folder cannot be opened: locked/test/red/more")


def test_the_home_folder_goes_by_its_sign(folders, monkeypatch):
    monkeypatch.setenv("HOME", str(folders))
    monkeypatch.setattr(ContrastiveModel, "fit", trained)
    output = "--output=~/images/out"
    with pytest.raises(pytest.fail.Exception, match="it has trained"):
        main(["recipe", *command("--data-dir=~/images", output)])
    shutil.rmtree(folders / "images" / "out")


def test_tensorflow_datasets_may_keep_images_of_others(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(_data, "load", lambda *args, **_: asked.append(args))
    recipe = RECIPES["simsiam_cifar10"]
    _data.load_split(recipe, "train", tmp_path)
    extracted = tmp_path / "downloads" / "extracted"
    extracted.mkdir(parents=True)
    (extracted / "0.png").touch()
    _data.load_split(recipe, "test", tmp_path)
    assert [split for _, split, _ in asked] == ["train", "test"]


def test_what_cannot_be_downloaded_names_options_of_the_command(
    tmp_path, monkeypatch, capsys
):
    def offline(*args, **kwargs):
        raise FileNotFoundError("pass `manual_dir`")

    monkeypatch.setattr(_data, "load", offline)
    line = refused(["simsiam_cifar10", "--data-dir", str(tmp_path)], capsys)
    assert "cifar10 could not be downloaded: `data_dir` must be" in line
    assert str(tmp_path) in line and "manual_dir" not in line


def test_an_error_of_the_training_keeps_its_traceback(
    folders, tmp_path, monkeypatch
):
    def full(*args, **kwargs):
        raise OSError("no space left")

    monkeypatch.chdir(folders)
    monkeypatch.setattr(ContrastiveModel, "fit", full)
    with pytest.raises(OSError, match="no space left"):
        main(["recipe", *command("--output", str(tmp_path / "run"))])


def test_that_a_class_has_no_tests_is_left_for_the_evaluation_to_say(folders):
    recipe = RECIPES["simsiam_cifar10"]
    with warnings.catch_warnings():
        warnings.filterwarnings("error", "The classes of")
        data = _command.recipe_data(recipe, folders / "fewer classes")
    assert data.train.class_names == ["blue", "red"]
    assert data.test.class_names == ["blue"]


@pytest.fixture(scope="module")
def ended(small, folders, tmp_path_factory):
    """The output of a run."""
    output = tmp_path_factory.mktemp("run") / "output"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folders)
        assert main(["recipe", *command("--output", str(output))]) == 0
    return output


@pytest.mark.parametrize(
    "name, more, message",
    [
        ("simsiam_cifar10", ("--batch-size", "8"), "batch_size 4 and not 8:"),
        ("simsiam_cifar10", ("--epochs", "3"), "a run with epochs 2 and not 3"),
        ("simsiam_cifar10", ("--seed", "1"), "seed 0 and not 1: go on with"),
        ("simsiam_cifar10", ("--data-dir", "as many"), "/as many: go on with"),
        ("simclr_cifar10", (), "simsiam_cifar10 and not simclr_cifar10"),
    ],
)
def test_another_run_is_not_gone_on_with(
    folders, ended, monkeypatch, name, more, message, capsys
):
    monkeypatch.chdir(folders)
    monkeypatch.setattr(ContrastiveModel, "fit", trained)
    before = {path: path.stat().st_mtime_ns for path in ended.rglob("*")}
    resume = ("--output", str(ended), "--resume", *more)
    assert message in refused(command(*resume, name=name), capsys)
    after = {path: path.stat().st_mtime_ns for path in ended.rglob("*")}
    assert after == before


def test_a_folder_is_the_same_by_its_whole_path(folders, ended, capsys):
    whole = ("--data-dir", str(folders / "images"))
    resume = ("--output", str(ended), "--resume", *whole)
    assert main(["recipe", *command(*resume)]) == 0
    assert "This training ended before" in capsys.readouterr().out


def test_who_goes_on_waits_for_no_training_images(folders, ended, monkeypatch):
    monkeypatch.chdir(folders)
    monkeypatch.setattr(_check_images, "check_apart", trained)
    assert main(["recipe", *command("--output", str(ended), "--resume")]) == 0


def test_a_run_that_kept_no_settings_is_not_gone_on_with(
    folders, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(folders)
    monkeypatch.setattr(ContrastiveModel, "fit", trained)
    (tmp_path / "checkpoint").mkdir()
    resume = ("--output", str(tmp_path), "--resume")
    line = refused(command(*resume), capsys)
    assert "no settings.json beside it" in line and "another --output" in line

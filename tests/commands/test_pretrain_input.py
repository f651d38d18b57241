"""What the command refuses, and what it chooses."""

import keras
import numpy as np
import pytest

from keras_contrastive.commands import main
from keras_contrastive.commands.pretrain._choices import choices
from keras_contrastive.commands.pretrain._methods import METHODS
from keras_contrastive.commands.pretrain._model import make_model
from keras_contrastive.commands.pretrain._plan import make_plan
from keras_contrastive.commands.pretrain._survey import Survey
from keras_contrastive.optimizers import LARS, SGD
from keras_contrastive.training import ContrastiveModel
from tests.commands.pictures import picture_folder


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Pictures, and folders that are wrong."""
    root = tmp_path_factory.mktemp("folders")
    pictures = picture_folder(root / "pictures", 8)
    picture_folder(root / "few", 3)
    picture_folder(root / "one class", 8)
    picture_folder(root / "strays", 4)
    for path in (root / "one class" / "red").iterdir():
        path.unlink()
    (root / "strays" / "a.png").write_bytes(
        (pictures / "red" / "00.png").read_bytes()
    )
    for path in (root / "few" / "blue").iterdir():
        path.unlink()
    picture_folder(root / "two", 2)
    (root / "empty").mkdir()
    (root / "broken").mkdir()
    (root / "many broken").mkdir()
    for number in range(40):
        (root / "broken" / f"{number}.png").write_bytes(b"no picture")
    for name in ("red", "blue"):
        for path in (pictures / name).iterdir():
            copy = root / "many broken" / f"{name}{path.name}"
            copy.write_bytes(path.read_bytes())
    for number in range(11):
        (root / "many broken" / f"{number}.png").write_bytes(b"no picture")
    (root / "flat").mkdir()
    (root / "flat" / "a.png").write_bytes(
        (pictures / "red" / "00.png").read_bytes()
    )
    return root


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(
    "arguments, message",
    [
        (["none"], "there is no folder"),
        (["empty"], "must hold images, files that end in"),
        (["pictures/red/00.png"], "00.png is a file: give the folder"),
        (["few"], "holds 3 pictures, too few: at least 16 are needed, two"),
        (["broken"], "none of the 40 pictures in"),
        (["many broken"], "11 of the 27 pictures in"),
        (["pictures", "--labelled", "flat"], "has no sub-folders"),
        (["pictures", "--labelled", "none"], "there is no folder"),
        (["pictures", "--labelled", "one class"], "has one class, blue"),
        (["pictures", "--labelled", "two"], "needs 3 pictures, two to"),
        (["pictures", "--labelled", "strays"], "subfolder of its class"),
        (["pictures", "--image-size", "8"], "at least 16 pixels"),
        (["pictures", "--batch-size", "17"], "from 2 to 16, the number"),
        (["none", "--batch-size", "1"], "at least 2, as one image has no"),
        (["pictures", "--method", "simsiam"], "; perhaps sim_siam"),
        (["pictures", "--epochs", "0"], "must be at least 1, not 0"),
        (["pictures", "--seed", "-1"], "from 0 to 2147483647, not -1"),
        (["pictures", "--seed", "2147483648"], "from 0 to 2147483647, not"),
        (["pictures", "--output", "pictures/run"], "run, lies in"),
        (
            ["pictures", "--labelled", "two", "--output", "two/run"],
            "two/run, lies in two, where",
        ),
        (["."], "the output, runs/folders"),
        (["pictures/.."], "the output, runs/folders"),
        (["pictures", "--output", "flat/a.png/run"], "Not a directory"),
    ],
)
def test_bad_input_is_said_in_a_line(
    folders, arguments, message, monkeypatch, capsys
):
    monkeypatch.chdir(folders)
    monkeypatch.setattr(ContrastiveModel, "fit", trained)
    before = sorted(folders.rglob("*"))
    with pytest.raises(SystemExit) as exit:
        main(["pretrain", *arguments])
    assert exit.value.code == 2
    assert message in capsys.readouterr().err
    assert sorted(folders.rglob("*")) == before


def trained(*args, **kwargs):
    pytest.fail("it has trained")


def test_an_error_of_the_training_keeps_its_traceback(
    folders, tmp_path, monkeypatch
):
    def full(*args, **kwargs):
        raise OSError("no space left")

    monkeypatch.setattr(ContrastiveModel, "fit", full)
    output = ["--output", str(tmp_path / "run")]
    with pytest.raises(OSError, match="no space left"):
        main(["pretrain", str(folders / "pictures"), *output])


def found(count=1000, side=200):
    files = [f"{number}.png" for number in range(count)]
    return Survey("/pictures", files, np.array([side]), {}, "")


def test_chooses_by_number_and_size():
    plan = make_plan(found(), on_gpu=False)
    assert (plan.encoder, plan.view_size, plan.load_size) == (
        "SmallCNN",
        64,
        80,
    )
    assert (plan.run.batch_size, plan.run.epochs) == (128, 640)
    assert plan.learning_rate == 0.0127  # 0.018 / sqrt(2)
    assert (plan.strength, plan.blur) == (0.5, False)
    plan = make_plan(found(200_000), on_gpu=True)
    assert (plan.encoder, plan.view_size, plan.load_size) == (
        "ResNet50",
        128,
        160,
    )
    assert (plan.run.batch_size, plan.run.epochs) == (256, 50)
    assert (plan.learning_rate, plan.strength, plan.blur) == (1, 1, True)
    plan = make_plan(found(16, side=20), on_gpu=False)
    assert (plan.view_size, plan.load_size) == (16, 20)
    assert (plan.run.batch_size, plan.run.epochs) == (8, 800)


def test_says_what_it_enlarges_and_where_there_are_few():
    survey = found(100, side=20)
    plan = make_plan(survey, on_gpu=False, image_size=32)
    assert plan.load_size == 32
    rows = choices(survey, plan)
    assert "; most pictures are enlarged; color" in rows["views"]
    assert rows["note"].startswith("fewer than 500")
    rows = choices(found(), make_plan(found(), on_gpu=True, encoder="resnet18"))
    assert "note" not in rows and rows["precision"].startswith("mixed_bfloat16")
    assert "ImageNet's stem" in rows["encoder"]


@pytest.mark.parametrize(
    "count, side, on_gpu, view, encoder",
    [
        (1000, 40, False, "by the size of the pictures;", "no GPU"),
        (1000, 200, False, "the most without a GPU;", "no GPU"),
        (1000, 10, False, "the least; most pictures", "no GPU"),
        (99_999, 200, True, "the most with a GPU;", "fewer than 100,000"),
        (100_000, 200, True, "the most with", "and 100,000 pictures or more"),
    ],
)
def test_gives_the_reason_of_each_choice(count, side, on_gpu, view, encoder):
    survey = found(count, side)
    plan = make_plan(survey, on_gpu=on_gpu)
    rows = choices(survey, plan)
    assert view in rows["views"] and encoder in rows["encoder"]
    rows = choices(survey, plan, given={"image_size", "encoder"})
    assert ": as given" in rows["views"] and ": as given" in rows["encoder"]


@pytest.mark.parametrize("name", METHODS)
def test_every_method_makes_a_step_of_any_batch(name, eager_training):
    rng = np.random.default_rng(0)
    for batch_size in (2, 34, 64):
        plan = make_plan(
            found(),
            on_gpu=False,
            method=name,
            image_size=16,
            batch_size=batch_size,
        )
        model = make_model(plan)
        assert isinstance(model.optimizer, keras.optimizers.AdamW)
        images = rng.integers(0, 256, (batch_size, 20, 20, 3), "uint8")
        assert np.isfinite(model.train_on_batch(images)).all()
    plan = make_plan(found(), on_gpu=False, method=name, encoder="resnet18")
    assert isinstance(plan.optimizer(0.1), (LARS, SGD))


def test_the_command_is_one_of_two(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    text = " ".join(capsys.readouterr().out.split())
    assert "pretrain Pretrains an encoder on a folder of pictures" in text
    assert "recipe Trains and evaluates a published run" in text

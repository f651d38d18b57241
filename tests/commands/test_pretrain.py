import json
import pathlib
import runpy
import shutil
import subprocess
import sys

import keras
import numpy as np
import pytest
from PIL import Image

from keras_contrastive.commands.pretrain import _command
from keras_contrastive.data import from_folder, train_test_split
from tests.commands.pictures import picture_folder
from tests.commands.pretrain_command import command, weights_of

pytestmark = [
    pytest.mark.filterwarnings("ignore::UserWarning"),
    pytest.mark.usefixtures("eager_training"),
]


def test_what_a_run_writes(labeled_run):
    _, output, out = labeled_run
    names = {path.name for path in output.iterdir()}
    figures = {"views.png", "curves.png", "neighbors.png", "embedding.png"}
    files = {"encoder.keras", "classifier.keras", "pretrain.py"}
    files |= {"results.json", "settings.json", "report.html", "checkpoint"}
    assert names == figures | files

    results = json.loads((output / "results.json").read_text())
    assert results["settings"]["pictures"] == 25
    assert results["classes"] == ["blue", "red"]
    assert results["labeled"] == {
        "learned from": 20,
        "held out": 5,
        "seen without labels": True,
    }
    assert results["accuracies"].keys() == {"pixels", "k-NN", "linear"}
    assert results["accuracies"]["linear"] == 1
    low, high = results["intervals"]["linear"]
    assert 0.5 < low < 0.6 and high == 1
    assert len(results["curves"]["knn_accuracy"]) == 2
    assert results["alarms"] == []

    assert "pictures   25 in " in out
    assert "left out" in out and "red/notes.txt" in out
    assert "broken.jpg: no image of the formats" in out
    assert (output / "pretrain.py").read_text("utf-8") in out
    page = (output / "report.html").read_text("utf-8")
    for text in (
        "broken.jpg",
        "notes.txt",
        "5 of 5",
        "kc.SimCLR(",
        "25",
        "é 🙂",
        "16 pixels, cut out of 20: as given;",
        "No alarms. The training was too short",
    ):
        assert text in page
    assert page.count("data:image/png;base64,") == 4
    assert "<script" not in page and "http" not in page


def test_what_is_kept_takes_files_without_this_package(labeled_run, tmp_path):
    _, output, _ = labeled_run
    expected = keras.saving.load_model(output / "encoder.keras")
    code = """
import sys, keras, numpy as np
from PIL import Image
for kind in ("encoder", "classifier"):
    model = keras.saving.load_model(f"{sys.argv[1]}/{kind}.keras")
    for size in ((70, 30), (16, 16), (300, 200)):
        picture = np.array(Image.new("RGB", size, (200, 40, 40)))
        found = model.predict(picture[None], verbose=0)
        assert np.isfinite(found).all()
    print(found.argmax(), found.shape[1])
assert "keras_contrastive" not in sys.modules
"""
    found = subprocess.run(
        [sys.executable, "-c", code, str(output)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert found.returncode == 0, found.stderr
    encoded, classified = found.stdout.splitlines()
    assert encoded.split()[1] == str(expected.output_shape[-1])
    assert classified == "1 2"  # red, of two


def test_resizes_as_the_files_were_read(labeled_run, tmp_path):
    _, output, _ = labeled_run
    y, x = np.mgrid[:90, :60]
    stripes = 255 * ((x + y) % 6 < 3)  # gone, if pixels were left out
    picture = np.stack([4 * x, 2 * y, stripes], axis=-1).astype("uint8")
    Image.fromarray(picture).save(tmp_path / "0.png")
    (small,) = from_folder(tmp_path, 1, image_size=16, shuffle=False)
    whole = keras.saving.load_model(output / "encoder.keras")
    found = whole.predict(picture[None], verbose=0)
    inner = whole.layers[-1].layers[-1]
    expected = inner.predict(small / np.float32(255), verbose=0)
    np.testing.assert_allclose(found, expected, atol=0.002)


# TensorFlow does not repeat its bits on several threads.
@pytest.mark.backends("jax", "torch")
@pytest.mark.parametrize("method, on_gpu", [("simclr", False), ("moco", True)])
def test_its_script_gives_the_same_encoder(
    pictures, tmp_path, monkeypatch, method, on_gpu
):
    output = tmp_path / "run"
    if on_gpu:  # in bfloat16, which a processor can as well
        monkeypatch.setattr(_command, "device", lambda: "a GPU")
    labels = () if on_gpu else ("--labelled", str(pictures))
    small = ("--encoder", "small_cnn")
    command(pictures, output, "--method", method, *small, *labels)
    script = (output / "pretrain.py").read_text("utf-8")
    assert ("mixed_bfloat16" in script) == on_gpu
    expected = weights_of(output)
    monkeypatch.chdir(output)  # where the checkpoint of the command lies
    runpy.run_path("pretrain.py")
    assert (output / "checkpoint-of-script").is_dir()
    assert keras.config.dtype_policy().name == "float32"
    for one, two in zip(weights_of(output), expected, strict=True):
        np.testing.assert_array_equal(one, two)


def test_a_full_disk_is_said_in_a_line(pictures, tmp_path, monkeypatch, capsys):
    def full(self, *args, **kwargs):
        raise OSError(28, "No space left on device", str(self))

    monkeypatch.setattr(pathlib.Path, "write_text", full)
    with pytest.raises(SystemExit) as exit:
        command(pictures, tmp_path / "run")
    assert exit.value.code == 2
    assert "No space left on device" in capsys.readouterr().err


def test_three_pictures_of_each_class_are_enough(pictures, tmp_path):
    labeled = picture_folder(tmp_path / "labeled", 3)
    command(pictures, tmp_path / "run", "--labelled", str(labeled))
    results = json.loads((tmp_path / "run" / "results.json").read_text())
    assert results["labeled"]["held out"] == 2  # two points are no figure
    assert not (tmp_path / "run" / "embedding.png").exists()
    assert "of 2; 95 %" in (tmp_path / "run" / "report.html").read_text("utf-8")


def test_copies_among_what_is_learned_from_stop_nothing(tmp_path):
    folder = picture_folder(tmp_path / "pictures")
    data = from_folder(folder, 4, image_size=16, labels=True)
    learn, _ = train_test_split(data)
    bank, queries = train_test_split(learn)
    copied, copy = (part.source.files[0] for part in (bank, queries))
    shutil.copy(folder / copied, folder / copy)
    labeled = ("--labelled", str(folder))
    assert command(folder, tmp_path / "run", *labeled) == 0

import contextlib
import html
import io
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

from keras_contrastive.commands import main
from keras_contrastive.commands._run_record import RunRecord
from keras_contrastive.commands.pretrain import _command, _run
from keras_contrastive.data import from_folder
from tests.commands.pictures import picture_folder

pytestmark = [
    pytest.mark.filterwarnings("ignore::UserWarning"),
    pytest.mark.usefixtures("eager_training"),
]


@pytest.fixture
def folder(tmp_path):
    return picture_folder(tmp_path / "pictures")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run with labels: its folder, output, and what it printed."""
    root = tmp_path_factory.mktemp("run")
    folder = picture_folder(root / "pictures")
    (folder / "red" / "notes.txt").write_text("no picture")
    (folder / "red" / "broken.jpg").write_bytes(b"no picture")
    output = root / "output"
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        assert command(folder, output, "--labelled", str(folder)) == 0
    return folder, output, printed.getvalue()


def command(folder, output, *more, epochs=2):
    sizes = ("--image-size", "16", "--epochs", str(epochs))
    return main(
        ["pretrain", str(folder), "--output", str(output), *sizes, *more]
    )


def weights_of(output):
    return keras.saving.load_model(output / "encoder.keras").get_weights()


def assert_same(one, other):
    for first, second in zip(one, other, strict=True):
        np.testing.assert_array_equal(first, second)


def test_what_a_run_writes(run):
    _, output, out = run
    names = {path.name for path in output.iterdir()}
    figures = {"views.png", "curves.png", "neighbors.png", "embedding.png"}
    files = {"encoder.keras", "classifier.keras", "pretrain.py"}
    files |= {"results.json", "report.html", "checkpoint"}
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
    assert (output / "pretrain.py").read_text() in out
    page = (output / "report.html").read_text()
    for text in ("broken.jpg", "notes.txt", "5 of 5", "kc.SimCLR(", "25"):
        assert text in page
    assert page.count("data:image/png;base64,") == 4
    assert "<script" not in page and "http" not in page


def test_what_is_kept_takes_files_without_this_package(run, tmp_path):
    _, output, _ = run
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


def test_resizes_as_the_files_were_read(run):
    folder, output, _ = run
    whole = keras.saving.load_model(output / "encoder.keras")
    data = from_folder(folder / "blue", 8, image_size=16, shuffle=False)
    first = folder / "blue" / "00.png"
    found = whole.predict(np.array(Image.open(first))[None], verbose=0)
    inner = whole.layers[-1].layers[-1]
    small = next(iter(data))[:1] / np.float32(255)
    np.testing.assert_allclose(
        found, inner.predict(small, verbose=0), atol=0.02
    )


# TensorFlow does not repeat its bits on several threads.
@pytest.mark.backends("jax", "torch")
@pytest.mark.parametrize("method, on_gpu", [("simclr", False), ("moco", True)])
def test_its_script_gives_the_same_encoder(
    folder, tmp_path, monkeypatch, method, on_gpu
):
    output, other = tmp_path / "run", tmp_path / "other"
    if on_gpu:  # in bfloat16, which a processor can as well
        monkeypatch.setattr(_command, "device", lambda: "a GPU")
    labels = () if on_gpu else ("--labelled", str(folder))
    small = ("--encoder", "small_cnn")
    command(folder, output, "--method", method, *small, *labels)
    script = (output / "pretrain.py").read_text()
    assert ("mixed_bfloat16" in script) == on_gpu
    other.mkdir()
    monkeypatch.chdir(other)
    runpy.run_path(str(output / "pretrain.py"))
    assert keras.config.dtype_policy().name == "float32"
    assert_same(weights_of(output), weights_of(other))


class Killed(BaseException):
    pass


@pytest.mark.backends("jax", "torch")
def test_killed_and_resumed_ends_as_if_it_had_not_been(
    folder, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(_run, "EVERY_MINUTES", 1e-9)  # at every step
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    labels = ("--labelled", str(folder))
    assert command(folder, whole, *labels, epochs=3) == 0
    with monkeypatch.context() as patch:

        def die(self, batch, logs=None):
            if len(self.curves.get("loss", [])) == 1 and batch == 1:
                raise Killed

        patch.setattr(RunRecord, "on_train_batch_end", die)
        with pytest.raises(Killed):
            command(folder, broken, *labels, epochs=3)
    with pytest.raises(SystemExit):
        command(folder, broken, *labels, epochs=3)
    assert "go on with --resume" in capsys.readouterr().err
    assert command(folder, broken, *labels, "--resume", epochs=3) == 0
    assert "Going on in epoch 2" in capsys.readouterr().out
    found, expected = (
        json.loads((place / "results.json").read_text())
        for place in (broken, whole)
    )
    assert found["accuracies"] == expected["accuracies"]
    np.testing.assert_equal(found["curves"], expected["curves"])
    assert_same(weights_of(whole), weights_of(broken))


def test_another_run_is_not_gone_on_with(run, capsys):
    folder, output, _ = run
    script = (output / "pretrain.py").read_text()
    with pytest.raises(SystemExit) as exit:
        command(folder, output, "--resume", "--method", "vicreg")
    assert exit.value.code == 2
    assert "is another method than" in capsys.readouterr().err
    assert (output / "pretrain.py").read_text() == script


def test_a_full_disk_is_said_in_a_line(folder, tmp_path, monkeypatch, capsys):
    def full(self, *args, **kwargs):
        raise OSError(28, "No space left on device", str(self))

    monkeypatch.setattr(pathlib.Path, "write_text", full)
    with pytest.raises(SystemExit) as exit:
        command(folder, tmp_path / "run")
    assert exit.value.code == 2
    assert "No space left on device" in capsys.readouterr().err


BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# Each width in a frame, of which the title tells what was found.
FRAMES = """<!doctype html><title></title><body>{frames}<script>
onload = () => {{
  document.title = JSON.stringify([...document.querySelectorAll("iframe")].map(
    ({{contentWindow: inner}}) => [
      inner.innerWidth,
      inner.document.documentElement.scrollWidth
        <= inner.document.documentElement.clientWidth,
      inner.performance.getEntriesByType("resource").length,
      [...inner.document.images].every(image => image.naturalWidth > 0),
    ]
  ));
}};
</script>"""


def test_the_report_fits_any_width_and_asks_for_nothing(run, tmp_path):
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        pytest.skip("no browser")
    _, output, _ = run
    report = html.escape((output / "report.html").read_text())
    frames = "".join(
        f'<iframe width="{width}" height="900" frameborder="0" '
        f'srcdoc="{report}"></iframe>'
        for width in (360, 1280)
    )
    path = tmp_path / "frames.html"
    path.write_text(FRAMES.format(frames=frames))
    options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--dump-dom"]
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    found = subprocess.run(
        [browser, *options, profile, path.as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
    ).stdout
    title = found.partition("<title>")[2].partition("</title>")[0]
    assert json.loads(title) == [[360, True, 0, True], [1280, True, 0, True]]

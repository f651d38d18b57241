"""The guide for photographs runs, on a few small ones in real files."""

import functools
import importlib.util
import pathlib
import re

import keras
import numpy as np
import pytest
from PIL import Image

import keras_contrastive as kc
from keras_contrastive.encoders import SmallCNN

PAGE = pathlib.Path(__file__).parent.parent / "docs/photographs.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.M | re.S)
SMALL = "VIEW, LOAD, BATCH, EPOCHS, RATE = 16, 20, 8, 2, 0.3\n"


@pytest.fixture
def photographs(tmp_path):
    """JPEGs and PNGs of several sizes; those of a class have a color."""
    rng = np.random.default_rng(0)

    def write(path, color):
        path.parent.mkdir(parents=True, exist_ok=True)
        shape = (*rng.integers(24, 40, 2), 3)
        pixels = rng.integers(0, 60, shape) + np.array(color)
        turned = Image.Exif()
        turned[0x0112] = 6  # EXIF's orientation: a quarter turn
        Image.fromarray(pixels.astype("uint8")).save(path, exif=turned)

    for number in range(24):
        ending = "jpg" if number % 2 else "png"
        write(tmp_path / f"photos/unlabeled/{number}.{ending}", (90, 90, 90))
        for name, color in (("oak", (180, 20, 20)), ("birch", (20, 180, 20))):
            path = tmp_path / f"photos/labeled/{name}/{number}.{ending}"
            write(path, color)
    return tmp_path


# The probe of few images, and what exporting warns of.
@pytest.mark.filterwarnings("ignore")
def test_photographs(photographs, monkeypatch, eager_training):
    monkeypatch.chdir(photographs)
    monkeypatch.setattr(
        kc.encoders, "ResNet50", functools.partial(SmallCNN, width=4)
    )
    policy = keras.config.dtype_policy()
    names = {"__name__": "__main__"}
    try:
        for code in BLOCKS:
            code = SMALL if code.startswith("VIEW, LOAD") else code
            if "onnx" in code and not exports_onnx():
                continue
            exec(compile(code, PAGE.name, "exec"), names)
    finally:
        keras.config.set_dtype_policy(policy)
    assert names["report"].accuracy > 0.7
    assert (photographs / "views.png").exists()
    classifier = keras.saving.load_model("classifier.keras")
    assert classifier.output_shape == (None, 2)
    if exports_onnx():
        # What the service makes of a file is what training made, rounded.
        oaks = kc.data.from_folder("photos/labeled/oak", 1, image_size=16)
        read = oaks.source.read(np.arange(24))[0]
        off = np.abs(read - names["pixels"]).max(axis=(1, 2, 3))
        assert off.min() <= 2


def exports_onnx():
    on_tensorflow = keras.backend.backend() == "tensorflow"
    return on_tensorflow and importlib.util.find_spec("onnxruntime")

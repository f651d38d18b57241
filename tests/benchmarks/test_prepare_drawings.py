"""Drawings fall into parts by their paths alone, and none is seen twice."""

import collections
import json

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def prepare(benchmark):
    return benchmark("prepare_drawings")


def test_parts_have_their_shares_and_limits(prepare):
    names = [f"food/{i}.png" for i in range(1000)]
    parts = prepare.in_parts(names)
    counts = collections.Counter(parts.values())
    assert counts == {
        "test": 100,
        "validation": 60,
        "train": 240,
        "others": 600,
    }
    assert prepare.in_parts(names[::-1]) == parts
    few = collections.Counter(prepare.in_parts(names[:40]).values())
    assert few == {"test": 10, "validation": 6, "train": 24}


def test_the_same_drawing_is_taken_once(prepare, monkeypatch, capsys, tmp_path):
    source, target = tmp_path / "source", tmp_path / "target"
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (20, 40, 40, 4), "uint8")
    pixels[..., 3] = 255
    pixels[1] = pixels[0]
    pixels[2:4, ..., 3] = 0  # nothing to be seen, whatever the colors
    for i, image in enumerate(pixels):
        folder = source / ("unsorted" if i < 2 else "food") / f"theme{i % 3}"
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(
            folder / "same.png" if i < 2 else folder / f"{i}.png"
        )
    command = ["prepare_drawings.py", str(target), "--source", str(source)]
    monkeypatch.setattr("sys.argv", command)
    prepare.main()
    counts = json.loads(capsys.readouterr().out)
    assert sum(counts.values()) == 18
    found = sorted(
        x.relative_to(target).parts[:2] for x in target.rglob("*.png")
    )
    assert ("others", "unsorted") in found and ("test", "food") in found

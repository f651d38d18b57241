"""What was measured before the time was up stays, and nothing is downloaded."""

import gzip
import json

import numpy as np
import pytest

pytest.importorskip("jax")


@pytest.fixture
def gpu(benchmark, tmp_path, monkeypatch):
    script = benchmark("gpu")
    results = tmp_path / "gpu.json"
    monkeypatch.setattr("sys.argv", ["gpu.py", "--output", str(results)])
    return script, results


def test_each_part_is_written_with_its_place_when_it_ends(gpu, monkeypatch):
    script, results = gpu
    place = {"device": "another", "jax": "0", "commit": "0", "date": "2026"}
    views = {**place, "seconds": 7, "found": {"simclr@32": 5}}
    results.write_text(json.dumps({"views": views, "loss": views}))

    def late(options):
        assert json.loads(results.read_text())["loss"]["found"] == {"16": 1.0}
        raise TimeoutError

    parts = {"loss": lambda options: {"16": 1.0}, "train": late}
    monkeypatch.setattr(script, "PARTS", parts)
    with pytest.raises(TimeoutError):
        script.main()
    found = json.loads(results.read_text())
    assert found.keys() == {"views", "loss"}
    assert found["views"] == views
    assert found["loss"].keys() > views.keys()
    assert not place.items() & found["loss"].items()


def test_garments_come_from_files_that_travel_along(gpu, monkeypatch, tmp_path):
    script, _ = gpu
    images = np.arange(3 * 28 * 28).astype("uint8").reshape(3, 28, 28)
    for part, count in (("train", 3), ("t10k", 2)):
        for name, rows, header in (
            ("images-idx3", images[:count], 16),
            ("labels-idx1", np.arange(count, dtype="uint8"), 8),
        ):
            packed = gzip.compress(bytes(header) + rows.tobytes())
            (tmp_path / f"{part}-{name}-ubyte.gz").write_bytes(packed)
    monkeypatch.setattr(script, "FASHION_MNIST", str(tmp_path))
    (train, labels), (tests, test_labels) = script.garments()
    np.testing.assert_array_equal(train, images[..., None])
    np.testing.assert_array_equal(tests, images[:2, ..., None])
    assert labels.tolist() == [0, 1, 2] and test_labels.tolist() == [0, 1]

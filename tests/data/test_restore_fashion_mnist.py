import hashlib
import runpy
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "restore_fashion_mnist.py"
script = runpy.run_path(str(SCRIPT))


@pytest.mark.skipif(
    not script["DEBIAN"].exists(), reason="needs dataset-fashion-mnist"
)
@pytest.mark.parametrize("name", list(script["FILES"]))
def test_restored_files_are_those_that_tfds_expects(name, tmp_path):
    tfds = pytest.importorskip("tensorflow_datasets")
    script["restore"](name, script["DEBIAN"], tmp_path)
    infos = tfds.builder_cls("fashion_mnist").url_infos.values()
    (expected,) = (i for i in infos if i.filename == f"{name}.gz")
    content = (tmp_path / f"{name}.gz").read_bytes()
    assert len(content) == expected.size
    assert hashlib.sha256(content).hexdigest() == expected.checksum


def test_another_file_is_refused(tmp_path):
    name = "t10k-labels-idx1-ubyte"
    (tmp_path / f"{name}.gz").write_bytes(b"0123456789 something else")
    with pytest.raises(ValueError, match=f"{name}.gz is not.*67da17c7"):
        script["restore"](name, tmp_path, tmp_path)

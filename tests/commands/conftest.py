import contextlib
import io

import pytest

from tests.commands.pictures import picture_folder
from tests.commands.pretrain_command import command


@pytest.fixture
def pictures(tmp_path):
    return picture_folder(tmp_path / "pictures é 🙂")


@pytest.fixture(scope="session")
def labeled_run(tmp_path_factory):
    """A run with labels: its folder, output, and what it printed."""
    root = tmp_path_factory.mktemp("run")
    folder = picture_folder(root / "pictures é 🙂")
    (folder / "red" / "notes.txt").write_text("no picture")
    (folder / "red" / "broken.jpg").write_bytes(b"no picture")
    output = root / "output"
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        assert command(folder, output, "--labelled", str(folder)) == 0
    return folder, output, printed.getvalue()

import errno
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import pytest

import keras_contrastive as kc
from keras_contrastive import _replacing
from keras_contrastive._replacing import replacing
from keras_contrastive.evaluation.sweeps._sweep_views import Runs
from tests.conformance import tiny


def write(path, text):
    with replacing(path) as unfinished:
        unfinished.write_text(text)


def write_folder(path, text):
    with replacing(path) as unfinished:
        (unfinished / "variables").mkdir(parents=True)
        (unfinished / "variables" / "data").write_text(text)


def test_it_is_written_as_by_open(tmp_path):
    path, plain = tmp_path / "new" / "file", tmp_path / "plain"
    write(path, "one")
    plain.touch()
    assert path.read_text() == "one"
    assert path.stat().st_mode == plain.stat().st_mode
    path.chmod(0o604)
    write(path, "two")
    assert path.read_text() == "two" and path.stat().st_mode & 0o777 == 0o604
    link = tmp_path / "link"
    link.symlink_to(path)
    write(link, "three")
    assert link.is_symlink() and path.read_text() == "three"
    assert list(path.parent.iterdir()) == [path]


def test_a_folder_is_replaced(tmp_path, monkeypatch):
    path, data = tmp_path / "model", tmp_path / "model" / "variables" / "data"
    write_folder(path, "one")
    write_folder(path, "two")
    assert data.read_text() == "two"
    # What goes wrong half-way is undone.
    rename = pathlib.Path.rename

    def fail_to_come(self, target):
        if target == path and self.name == "model":
            raise OSError(errno.EIO, "broken")
        return rename(self, target)

    monkeypatch.setattr(pathlib.Path, "rename", fail_to_come)
    with pytest.raises(OSError, match="broken"):
        write_folder(path, "three")
    assert data.read_text() == "two" and list(tmp_path.iterdir()) == [path]
    # No file takes the place of a folder.
    with pytest.raises(OSError):
        write(path, "four")
    assert data.read_text() == "two" and list(tmp_path.iterdir()) == [path]


def test_a_folder_that_takes_no_files_is_named(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match="`path` must be in a folder .*deep/x"):
        write(tmp_path / "file" / "deep" / "x", "")

    def refuse(*args, **kwargs):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(tempfile, "mkdtemp", refuse)
    with pytest.raises(ValueError, match=r"`path` must .*\(Permission denied"):
        write(tmp_path / "x", "")


KILLED = """
import os, pathlib, runpy, signal, sys

replacing = runpy.run_path(sys.argv[1])["replacing"]

def die(*args):
    os.kill(os.getpid(), signal.SIGKILL)

with replacing(sys.argv[2]) as unfinished:
    unfinished.write_text("hal")
    die()
"""
KILLED_BETWEEN = """
import os, pathlib, runpy, signal, sys

replacing = runpy.run_path(sys.argv[1])["replacing"]
rename = pathlib.Path.rename

def die_at_the_second(self, target):
    if self.name != "before" and target.name == "before":
        return rename(self, target)
    os.kill(os.getpid(), signal.SIGKILL)

pathlib.Path.rename = die_at_the_second
with replacing(sys.argv[2]) as unfinished:
    unfinished.mkdir()
    (unfinished / "data").write_text("new")
"""


def run(code, *arguments):
    return subprocess.run([sys.executable, "-c", code, *arguments], timeout=300)


@pytest.mark.skipif(os.name == "nt", reason="no signals there")
def test_a_process_that_is_killed_leaves_what_was_there(tmp_path):
    path, folder = tmp_path / "file", tmp_path / "folder"
    write(path, "whole")
    write_folder(folder, "old")
    assert run(KILLED, _replacing.__file__, path).returncode < 0
    assert path.read_text() == "whole"
    # A later write removes what is left, once no process can be at it.
    (left,) = tmp_path.glob(".file-*.tmp")
    write(path, "again")
    assert left.exists()
    os.utime(left, (0, 0))
    foreign = tmp_path / ".file-foreign.tmp"
    foreign.touch()  # no folder of a write
    os.utime(foreign, (0, 0))
    write(path, "again")
    assert not left.exists() and foreign.exists()
    # Of a folder, both the old and the new one are there.
    assert run(KILLED_BETWEEN, _replacing.__file__, folder).returncode < 0
    (left,) = tmp_path.glob(".folder-*.tmp")
    assert (left / "before" / "variables" / "data").read_text() == "old"
    assert (left / "folder" / "data").read_text() == "new"


def export(folder):
    kc.export.export_encoder(tiny.encoder(), folder / "encoder.keras")


def record(folder):
    recorder = kc.callbacks.ScoreRecorder(folder / "scores.npz")
    recorder.fetch = lambda: None
    recorder.parts = [{"step": np.arange(3)}]
    recorder.on_epoch_end(0)


def sweep(folder):
    Runs(folder / "sweep.json", {}).keep("a", 0, {"accuracy": 0.5})


def keep_best(folder):
    # HDF5 on a full disk may crash the process at its end: not here.
    best = kc.callbacks.BestModel(folder / "best.keras", mode="min")
    best.set_model(tiny.encoder())
    best.save(0.5)


WRITERS = [export, record, sweep, keep_best]


@pytest.mark.parametrize("writer", WRITERS)
def test_a_full_disk_leaves_what_was_there(writer, tmp_path, monkeypatch):
    writer(tmp_path)
    (path,) = tmp_path.iterdir()
    before = path.read_bytes()

    def full(path):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(_replacing, "synchronize", full)
    with pytest.raises(OSError, match="No space left"):
        writer(tmp_path)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name == "nt", reason="no limits there")
@pytest.mark.parametrize("writer", WRITERS)
def test_a_limit_of_the_size_leaves_what_was_there(writer, tmp_path):
    import resource

    writer(tmp_path)
    (path,) = tmp_path.iterdir()
    before = path.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (60, limits[1]))
    try:
        with pytest.raises(OSError) as caught:
            writer(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert caught.value.errno == errno.EFBIG
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]

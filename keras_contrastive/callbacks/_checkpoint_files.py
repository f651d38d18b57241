"""The files of a run: whole or not there, the newest good one found again."""

import errno
import hashlib
import io
import json
import os
import pathlib
import re
import shutil
import warnings
import weakref
from typing import Any

import numpy as np

from keras_contrastive._replacing import replacing

try:
    import fcntl
except ImportError:  # on Windows
    fcntl = None  # type: ignore[assignment]

# Of file systems that know no locks, such as Lustre without `flock`.
WITHOUT_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP}
NAME = re.compile(r"step-(\d+)-([0-9a-f]{16})\.npz")
ALL: weakref.WeakSet = weakref.WeakSet()


class CheckpointFiles:
    """A folder with the last few states of a run.

    A file is an `.npz` of arrays and a manifest in JSON. Its name holds the
    step and a digest of the contents, which finds damage, not forgery.

    Args:
        folder: Path, made if it is missing.
        keep: Integer, how many files stay.
    """

    def __init__(self, folder: pathlib.Path, keep: int) -> None:
        self.folder, self.keep = folder, keep
        self.lock: Any = None
        ALL.add(self)

    def open(self) -> None:
        """Takes the folder for this process.

        Raises:
            ValueError: If another run has taken it, or it cannot be written.
        """
        path = self.folder / "lock"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.lock = open(path, "a")
            self.take_lock()
        except BlockingIOError:
            self.close()
            raise ValueError(
                "`folder` is in use by another run: choose another one, or "
                f"stop that run first. Received: folder={self.folder}"
            ) from None
        except OSError as error:
            self.close()
            raise ValueError(
                "`folder` must be a folder in which files can be written. "
                f"Received: folder={self.folder}, {error}"
            ) from error
        for leftover in self.folder.glob(".step-*.tmp"):
            shutil.rmtree(leftover)

    def take_lock(self) -> None:
        if not fcntl:
            return
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in WITHOUT_LOCKS:
                raise

    def close(self) -> None:
        if self.lock:
            self.lock.close()  # which gives the lock back
        self.lock = None

    def files(self) -> list[pathlib.Path]:
        """The files of the run, the newest one first."""
        found = self.folder.glob("step-*.npz")
        return sorted(filter(step_of, found), key=step_of, reverse=True)

    def newest(self) -> tuple[dict[str, Any], dict[str, np.ndarray]] | None:
        """Manifest and arrays of the newest undamaged file, None without any.

        Raises:
            ValueError: If there are files and all are damaged.
        """
        files = self.files()
        for path in files:
            data = path.read_bytes()
            if path.name == name_of(step_of(path), data):
                return unpacked(data)
            warnings.warn(
                f"`Checkpoint` passes over {path}, which is damaged.",
                stacklevel=2,
            )
        if files:
            raise ValueError(
                "`folder` holds no undamaged file of its run: restore one from "
                "a copy, or choose another folder to begin anew. "
                f"Received: folder={self.folder}, {len(files)} damaged files"
            )
        return None

    def write(
        self, step: int, manifest: dict[str, Any], arrays: dict[str, np.ndarray]
    ) -> None:
        """Writes a file, then removes all but the last few.

        Raises:
            OSError: If it cannot be written; the older files are as before.
            FloatingPointError: If a value is not finite from which a later
                step goes on.
        """
        for name, array in arrays.items():
            # Of callbacks and means of the epoch no step makes weights.
            if name.startswith(("callbacks/", "metrics/")):
                continue
            if not is_finite(array):
                path = manifest["paths"][name]
                raise FloatingPointError(f"{path} is not finite")
        data = packed(manifest, arrays)
        if shutil.disk_usage(self.folder).free < len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        path = self.folder / name_of(step, data)
        with replacing(path) as unfinished:
            unfinished.write_bytes(data)
        # Damaged ones of later steps do not count.
        others = [other for other in self.files() if other != path]
        # A further `fit` begins at the step where the one before it ended.
        replaced = [other for other in others if step_of(other) == step]
        older = [other for other in others if other not in replaced]
        for file in replaced + older[self.keep - 1 :]:
            file.unlink()


def let_go() -> None:
    for files in ALL:
        files.close()


# A worker that outlives this process would keep the lock.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=let_go)


def name_of(step: int, data: Any) -> str:
    digest = hashlib.sha256(data).hexdigest()[:16]
    return f"step-{step:09}-{digest}.npz"


def step_of(path: pathlib.Path) -> int:
    """The step in the name of a file, from 1; 0 for other names."""
    match = NAME.fullmatch(path.name)
    return int(match[1]) if match else 0


def is_finite(array: np.ndarray) -> bool:
    # Of the narrow floats NumPy knows no ufunc of its own, but their size.
    if array.dtype.kind == "V":
        array = array.astype("float32")
    return array.dtype.kind != "f" or bool(np.isfinite(array).all())


def packed(manifest: dict[str, Any], arrays: dict[str, np.ndarray]) -> Any:
    text = np.frombuffer(json.dumps(manifest).encode(), "uint8")
    file = io.BytesIO()
    np.savez(file, manifest=text, **arrays)  # type: ignore[arg-type]
    return file.getbuffer()


def unpacked(data: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        arrays = dict(file)
    return json.loads(arrays.pop("manifest").tobytes()), arrays

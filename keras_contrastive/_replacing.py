import contextlib
import errno
import glob
import os
import pathlib
import shutil
import tempfile
import time
from collections.abc import Iterator
from typing import Any

# Seconds that no write takes: what is older was left by a killed process.
ABANDONED = 3600
# Errors of a folder that no file can be put into.
UNUSABLE = {
    errno.EACCES,
    errno.EEXIST,
    errno.ENOTDIR,
    errno.EPERM,
    errno.EROFS,
}


@contextlib.contextmanager
def replacing(path: Any) -> Iterator[pathlib.Path]:
    """Gives a path to write to, which takes the place of `path` at last.

    Whatever happens meanwhile, a full disk or a power failure, `path` holds
    all of the old file or all of the new one. A folder is replaced in two
    steps: a process that is killed between them leaves both, whole, in a
    hidden folder beside `path`.

    Args:
        path: Path of a file or of a folder, which may be there or not.
            Folders above it are made, links are followed, and the permissions
            of a file that is there are kept.

    Returns:
        Context manager that gives a path with the same name, in a folder
        beside. Where the block raises an error, nothing is left of it.

    Raises:
        ValueError: If no file can be put into the folder.
    """
    path = pathlib.Path(os.path.realpath(path))
    with folder_beside(path) as folder:
        unfinished = folder / path.name
        yield unfinished
        for part in (*unfinished.rglob("*"), unfinished):
            synchronize(part)
        if path.is_dir() and unfinished.is_dir():
            replace_folder(path, unfinished, folder / "before")
        else:
            if path.is_file():
                shutil.copymode(path, unfinished)
            unfinished.replace(path)
    synchronize(path.parent)
    remove_abandoned(path)


@contextlib.contextmanager
def folder_beside(path: pathlib.Path) -> Iterator[pathlib.Path]:
    """A hidden folder on the same disk, which is gone at the end."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        folder = tempfile.TemporaryDirectory(
            prefix=f".{path.name}-",
            suffix=".tmp",
            dir=path.parent,
            ignore_cleanup_errors=True,
        )
    except OSError as error:
        if error.errno not in UNUSABLE:
            raise
        raise ValueError(
            "`path` must be in a folder that files can be written to. "
            f"Received: {str(path)!r} ({error.strerror})"
        ) from error
    with folder as name:
        yield pathlib.Path(name)


def remove_abandoned(path: pathlib.Path) -> None:
    """Removes what processes that were killed have left beside a file."""
    for folder in path.parent.glob(f".{glob.escape(path.name)}-*.tmp"):
        # Another was faster, or they are those of another user.
        with contextlib.suppress(OSError):
            if time.time() - folder.stat().st_mtime > ABANDONED:
                shutil.rmtree(folder)


def replace_folder(
    path: pathlib.Path, new: pathlib.Path, before: pathlib.Path
) -> None:
    path.rename(before)
    try:
        new.rename(path)
    except BaseException:
        if not path.exists():
            before.rename(path)
        raise


def synchronize(path: pathlib.Path) -> None:
    """Returns once a file, or the entries of a folder, are on the disk."""
    is_folder = path.is_dir()
    if is_folder and os.name == "nt":  # where folders cannot be opened
        return
    # Windows synchronizes nothing that is open for reading alone.
    descriptor = os.open(path, os.O_RDONLY if is_folder else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

import contextlib
import os
import pathlib
import tempfile
from collections.abc import Iterator
from typing import Any


@contextlib.contextmanager
def replacing(path: Any) -> Iterator[pathlib.Path]:
    """Gives a path to write a file to, which takes the place of `path` at last.

    Whatever happens meanwhile, a full disk or a power failure, `path` holds
    all of the old file or all of the new one.

    Args:
        path: Path of a file, in a folder that exists.

    Returns:
        Context manager that gives a path in the same folder, with the same
        ending. Where the block raises an error, nothing is left of it.
    """
    path = pathlib.Path(path)
    with tempfile.TemporaryDirectory(
        dir=path.parent, prefix=f".{path.name}-", suffix=".tmp"
    ) as folder:
        unfinished = pathlib.Path(folder, path.name)
        yield unfinished
        synchronize(unfinished)
        unfinished.replace(path)
    synchronize(path.parent)


def synchronize(path: pathlib.Path) -> None:
    """Returns once a file, or the entries of a folder, are on the disk."""
    if os.name == "nt" and path.is_dir():  # where folders cannot be opened
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""Images that are read one by one in threads, whenever they are needed."""

import abc
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

# More than there are threads.
UNDER_WAY = 256


class Readers:
    """Threads that read images, in the order in which they are asked for.

    Decoders release Python's lock. The threads last for one pass or one call,
    so that their owner can be pickled, and lives on in a forked process.

    Attributes:
        threads: Executor, for any image.
        large: Executor of few threads, for what takes much memory, of which a
            thread keeps some.
    """

    def __init__(self) -> None:
        self.threads = ThreadPoolExecutor()
        self.large = ThreadPoolExecutor(min(4, os.cpu_count() or 1))

    def __enter__(self) -> "Readers":
        return self

    def __exit__(self, *error: Any) -> None:
        """Waits for what is being read, and drops what is not yet begun."""
        self.threads.shutdown(cancel_futures=True)
        self.large.shutdown()

    def each(
        self, function: Callable[[Any], Any], items: Iterable[Any]
    ) -> Iterator[Any]:
        """Results for any number of items, few of them in memory."""
        ahead: deque[Any] = deque()
        for item in items:
            ahead.append(self.threads.submit(function, item))
            if len(ahead) == UNDER_WAY:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()


class OnDemand(abc.ABC):
    """Source that reads each image on its own."""

    @abc.abstractmethod
    def read_one(self, row: int, readers: Readers) -> Any:
        """Reads an image, in any thread."""

    @abc.abstractmethod
    def gather(
        self, indices: np.ndarray, found: list[Any]
    ) -> tuple[np.ndarray, Any]:
        """The images and labels of a batch, of what `read_one` found."""

    def read(self, indices: np.ndarray) -> tuple[np.ndarray, Any]:
        with Readers() as readers:
            return self.begin_read(indices, readers)()

    def begin_read(
        self, indices: np.ndarray, readers: Readers
    ) -> Callable[[], tuple[np.ndarray, Any]]:
        """Begins at once; what it returns waits for the batch."""
        tasks = [
            readers.threads.submit(self.read_one, row, readers)
            for row in indices.tolist()
        ]
        return lambda: self.gather(indices, [task.result() for task in tasks])


def begin_read(
    source: Any, rows: np.ndarray, readers: Readers
) -> Callable[[], tuple[np.ndarray, Any]]:
    """Begins to read if the source can; what it returns is to do the rest.

    Batches that are begun one after the other leave no thread idle while the
    slowest image of the first is read. A source that has only `read` is never
    called by two threads at once.
    """
    if hasattr(source, "begin_read"):
        return source.begin_read(rows, readers)
    return lambda: source.read(rows)

import os
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any

import numpy as np


def in_threads(function: Callable[[int], Any], rows: np.ndarray) -> list[Any]:
    """Reads each row in one of several threads.

    Decoders release Python's lock. The threads last for one call, so that
    their owner can be pickled, and lives on in a forked process.
    """
    with ThreadPoolExecutor() as threads:
        return list(threads.map(function, rows.tolist()))


def few_threads() -> Executor:
    """For what takes much memory, of which a thread keeps some."""
    return ThreadPoolExecutor(min(4, os.cpu_count() or 1))

"""What a process must know of the others that train the same model.

Several processes train one model on JAX alone, see `docs/distribution.md`. On
other backends, and where there is one process, nothing here does anything.
"""

import contextlib
import hashlib
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np


def num_processes() -> int:
    if keras.backend.backend() != "jax":
        return 1
    import jax

    return jax.process_count()


def is_first_process() -> bool:
    """Whether this one writes the files."""
    if num_processes() == 1:
        return True
    import jax

    return jax.process_index() == 0


def own_rows(batch_size: int) -> np.ndarray:
    """Places of the rows of a global batch that this process feeds.

    Args:
        batch_size: Integer, a multiple of the number of devices.

    Returns:
        int64 array, those of the devices of this process, in order.
    """
    distribution = keras.distribution.distribution()
    if num_processes() == 1 or distribution is None:
        return np.arange(batch_size)
    layout = distribution.get_data_layout((batch_size,)).backend_layout
    shards = layout.addressable_devices_indices_map((batch_size,)).values()
    rows = np.arange(batch_size)
    return np.unique([rows[shard] for shard in shards])


def agree(told: str) -> bool:
    """Whether all processes tell the same."""
    return len(set(told_by_all(told))) == 1


def told_by_all(told: str) -> list[bytes]:
    """Digests of what each process tells; all of them must call it."""
    digest = hashlib.sha256(told.encode()).digest()
    if num_processes() == 1:
        return [digest]
    from jax.experimental import multihost_utils

    gathered = multihost_utils.process_allgather(np.frombuffer(digest, "uint8"))
    return [bytes(row) for row in np.asarray(gathered)]


@contextlib.contextmanager
def alone(*models: keras.Model) -> Iterator[None]:
    """Has each process compute by itself, on a device of its own.

    Args:
        *models: What it computes with; nothing that moves in them is kept.
    """
    distribution = keras.distribution.distribution()
    if num_processes() == 1 or distribution is None:
        yield
        return
    local = [
        (variable, variable.value.addressable_data(0))
        for model in models
        for variable in model.variables
    ]
    scope: Any = contextlib.nullcontext()
    if models:
        scope = keras.StatelessScope(state_mapping=local)
    keras.distribution.set_distribution(None)
    try:
        with scope:
            yield
    finally:
        keras.distribution.set_distribution(distribution)

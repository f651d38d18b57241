"""All variables that a step of training reads or writes."""

import contextlib
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
from keras import ops


def state_of(model: keras.Model) -> dict[str, list[Any]]:
    """The variables of a compiled and built model, by what they belong to.

    Those of the optimizer hold its averages and its loss scale, those of the
    metrics the means of the running epoch.
    """
    return {
        "model": list(model.variables),
        "optimizer": list(model.optimizer.variables),
        "metrics": list(model.metrics_variables),
    }


def to_host(variables: list[Any]) -> list[np.ndarray]:
    """Copies of the values, which no later step changes."""
    return [np.array(ops.convert_to_numpy(variable)) for variable in variables]


def random_state() -> list[np.ndarray]:
    """What global generators hold that Keras draws from, one array for each.

    On PyTorch its dropout without a seed draws from those of PyTorch.
    """
    if keras.backend.backend() != "torch":
        return []
    import torch

    states = [torch.get_rng_state(), *torch.cuda.get_rng_state_all()]
    return [state.numpy() for state in states]


def set_random_state(states: list[np.ndarray]) -> None:
    """Sets what `random_state` returned, on as many devices as there are."""
    if not states or keras.backend.backend() != "torch":
        return
    import torch

    first, *others = map(torch.from_numpy, states)
    torch.set_rng_state(first)
    torch.cuda.set_rng_state_all(others[: torch.cuda.device_count()])


@contextlib.contextmanager
def kept_random_state() -> Iterator[None]:
    """Has what comes after it draw as if nothing had been drawn within."""
    states = random_state()
    try:
        yield
    finally:
        set_random_state(states)

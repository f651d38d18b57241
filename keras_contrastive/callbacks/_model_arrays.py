"""All variables of a training as arrays by name, and back."""

import keras
import numpy as np

from keras_contrastive.training._state import (
    random_state,
    set_random_state,
    state_of,
    to_host,
)


def read_arrays(
    model: keras.Model,
) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Arrays by group and number, and the paths of their variables."""
    arrays, paths = {}, {}
    for group, variables in state_of(model).items():
        values = to_host(variables)
        for i, (variable, value) in enumerate(
            zip(variables, values, strict=True)
        ):
            arrays[f"{group}/{i}"] = value
            paths[f"{group}/{i}"] = variable.path
    for i, value in enumerate(random_state()):
        arrays[f"random/{i}"] = value
    return arrays, paths


def write_arrays(
    model: keras.Model, arrays: dict[str, np.ndarray], *groups: str
) -> None:
    variables = state_of(model)
    for group in groups:
        values = in_group(arrays, group)
        for variable, value in zip(variables[group], values, strict=True):
            if value.dtype.kind == "V":  # floats that NumPy does not know
                value = value.view(to_host([variable])[0].dtype)
            variable.assign(value)


def write_metrics(model: keras.Model, arrays: dict[str, np.ndarray]) -> bool:
    """Whether they are those that were saved; callbacks may add to them."""
    shapes = [tuple(variable.shape) for variable in model.metrics_variables]
    same = shapes == [value.shape for value in in_group(arrays, "metrics")]
    if same:
        write_arrays(model, arrays, "metrics")
    return same


def write_random_state(arrays: dict[str, np.ndarray]) -> None:
    set_random_state(in_group(arrays, "random"))


def in_group(arrays: dict[str, np.ndarray], group: str) -> list[np.ndarray]:
    count = sum(name.startswith(f"{group}/") for name in arrays)
    return [arrays[f"{group}/{i}"] for i in range(count)]

"""All variables that a step of training reads or writes."""

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

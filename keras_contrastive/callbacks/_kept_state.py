import functools
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_contrastive.training._state import (
    random_state,
    set_random_state,
    state_of,
)


class KeptState:
    """A copy of all variables of a training, on the device.

    Args:
        model: `ContrastiveModel`, compiled and built.
    """

    def __init__(self, model: keras.Model) -> None:
        self.variables = sum(state_of(model).values(), [])
        # What is logged of scores is no state that a step trains on.
        unwatched = {id(variable) for variable in model.score_log.variables}
        self.watched = [
            variable
            for variable in self.variables
            if "float" in keras.backend.standardize_dtype(variable.dtype)
            and id(variable) not in unwatched
        ]
        self.values: list[Any] = []
        self.copies, self.are_finite = compiled(copies), compiled(are_finite)

    def keep(self) -> None:
        self.values = []  # two copies at a time would take more memory
        self.values = self.copies([v.value for v in self.variables])
        self.random = random_state()

    def restore(self) -> None:
        # JAX gives what a variable holds away to the next step.
        values = self.copies(self.values)
        for variable, value in zip(self.variables, values, strict=True):
            variable.assign(value)
        set_random_state(self.random)

    def not_finite(self) -> list[Any]:
        """The variables that hold what is infinite or no number."""
        found = self.are_finite([v.value for v in self.watched])
        places = np.flatnonzero(~ops.convert_to_numpy(found))
        return [self.watched[place] for place in places]


def copies(values: list[Any]) -> list[Any]:
    return [ops.copy(ops.stop_gradient(value)) for value in values]


def are_finite(values: list[Any]) -> Any:
    return ops.stack([ops.all(ops.isfinite(value)) for value in values])


@functools.cache  # compiled once for all trainings
def compiled(function: Any) -> Any:
    """One program for all variables, where the backend compiles."""
    if keras.backend.backend() == "jax":
        import jax

        return jax.jit(function)
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        return tf.function(function, autograph=False)
    return function

"""Where the random layers of a model are, which Keras leaves out of files."""

import warnings
from typing import Any

import keras
import numpy as np
from keras import ops

NAME = "random_streams"


def save_random_streams(model: keras.Model, store: Any) -> None:
    streams = random_streams(model)
    if streams:
        states = [ops.convert_to_numpy(stream) for stream in streams]
        store[NAME] = np.array(states, "int64")


def load_random_streams(model: keras.Model, store: dict[str, Any]) -> None:
    """Takes the states out of what was stored, if there are any.

    Files of earlier versions, and of models without random layers, have none.
    """
    streams, states = random_streams(model), store.pop(NAME, ())
    if len(streams) == len(states):
        for stream, state in zip(streams, np.array(states), strict=True):
            stream.assign(state)
    elif len(states):
        warnings.warn(
            f"The random layers of `{model.name}` begin anew: it has "
            f"{len(streams)} random streams and the file {len(states)}.",
            stacklevel=2,
        )


def random_streams(model: keras.Model) -> list[Any]:
    """States of all `SeedGenerator`s, in the order of the layers."""
    weights = {id(weight) for weight in model.weights}
    return [x for x in model.variables if id(x) not in weights]

"""What callbacks know, as JSON and arrays; and how they learn it again."""

import json
import warnings
from typing import Any

import keras
import numpy as np

# What Keras sets anew for each `fit`; it turns the sign of `min_delta` at the
# end of the first epoch.
SET_BY_KERAS = ("_model", "min_delta", "params", "validation_data")


class CallbackStates:
    """The state of each callback of a `fit`.

    One that has `get_state` and `set_state` says itself what that is. Of all
    others it is those attributes that changed since the training began and
    hold plain values or arrays: counters, best values, best weights, history.

    Args:
        callbacks: List of callbacks, just after their `on_train_begin`.
    """

    def __init__(self, callbacks: list[keras.callbacks.Callback]) -> None:
        self.callbacks = callbacks
        self.first = [
            {} if has_state(callback) else attributes_of(callback)
            for callback in callbacks
        ]

    def read(self) -> tuple[list[Any], dict[str, np.ndarray]]:
        """States as JSON, one a callback, and the arrays in them by name."""
        arrays: dict[str, np.ndarray] = {}
        states: list[Any] = []
        for callback, first in zip(self.callbacks, self.first, strict=True):
            if has_state(callback):
                state = callback.get_state()  # type: ignore[attr-defined]
            else:
                state = {
                    name: value
                    for name, value in vars(callback).items()
                    if name not in SET_BY_KERAS
                    and (now := text_of(value)) is not None
                    and now != first.get(name)
                }
            try:
                packed = pack(state, arrays)
            except TypeError as error:
                raise TypeError(
                    "`get_state` must return plain values, NumPy arrays, lists "
                    "and dictionaries of them. Received: "
                    f"{error}, from {type(callback).__name__}"
                ) from None
            states.append([type(callback).__name__, packed])
        return states, arrays

    def write(self, states: list[Any], arrays: dict[str, np.ndarray]) -> None:
        """Sets what `read` returned, each to the next callback of its class."""
        waiting = list(self.callbacks)
        for name, packed in states:
            for callback in waiting:
                if type(callback).__name__ == name:
                    waiting.remove(callback)
                    set_state(callback, unpack(packed, arrays))
                    break
            else:
                if packed == pack({}, {}):
                    continue
                warnings.warn(
                    f"The run had a `{name}` among its `callbacks`, and has "
                    "none now: what it knew is left out.",
                    stacklevel=2,
                )


def has_state(callback: Any) -> bool:
    return hasattr(callback, "get_state") and hasattr(callback, "set_state")


def set_state(callback: Any, state: dict[str, Any]) -> None:
    if has_state(callback):
        callback.set_state(state)
        return
    for name, value in state.items():
        old = getattr(callback, name, None)
        # The very list or dictionary may be in other hands too.
        if type(old) is type(value) is list:
            old[:] = value
        elif type(old) is type(value) is dict:
            old.clear()
            old.update(value)
        else:
            setattr(callback, name, value)


def attributes_of(callback: Any) -> dict[str, str]:
    values = {name: text_of(value) for name, value in vars(callback).items()}
    return {name: text for name, text in values.items() if text is not None}


def text_of(value: Any) -> str | None:
    """What tells a value from others, None if it is no plain value."""
    arrays: dict[str, np.ndarray] = {}
    try:
        text = json.dumps(pack(value, arrays))
    except TypeError:
        return None
    for array in arrays.values():
        text += f"{array.dtype}{array.shape}{hash(array.tobytes())}"
    return text


def pack(value: Any, arrays: dict[str, np.ndarray]) -> Any:
    """A value as JSON; arrays in it go into `arrays`.

    Raises:
        TypeError: If the value is neither plain nor an array.
    """
    kind = type(value)
    if value is None or kind in (bool, int, float, str):
        return value
    is_array = isinstance(value, np.ndarray | np.generic)
    if is_array and not value.dtype.hasobject:
        name = f"callbacks/{len(arrays)}"
        arrays[name] = np.array(value)
        return {"array": name, "dtype": value.dtype.name}
    if kind is list:
        return [pack(part, arrays) for part in value]
    if kind is tuple:
        return {"tuple": [pack(part, arrays) for part in value]}
    if kind is dict:
        items = [
            [pack(key, arrays), pack(part, arrays)]
            for key, part in value.items()
        ]
        return {"items": items}
    raise TypeError(kind.__name__)


def unpack(value: Any, arrays: dict[str, np.ndarray]) -> Any:
    if isinstance(value, list):
        return [unpack(part, arrays) for part in value]
    if not isinstance(value, dict):
        return value
    if "array" in value:
        array = arrays[value["array"]]
        if array.dtype.kind == "V" and not array.dtype.names:
            array = array.view(value["dtype"])  # a narrow float
        return array if array.ndim else array[()]
    if "tuple" in value:
        return tuple(unpack(part, arrays) for part in value["tuple"])
    return {
        unpack(key, arrays): unpack(part, arrays)
        for key, part in value["items"]
    }

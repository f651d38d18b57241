"""Arguments are what the annotations of a function say."""

import collections.abc
import functools
import inspect
import math
import numbers
import os
import types
import typing
from collections.abc import Callable
from typing import Any, TypeVar

import keras
import numpy as np

from keras_contrastive._backend import is_compiled_by_torch

Function = TypeVar("Function", bound=Callable[..., Any])

# What stands for a type: a Python number and one of NumPy are the same, and a
# model whose inputs are not known is a layer.
ALIKE: dict[Any, tuple[Any, str]] = {
    bool: ((bool, np.bool_), "a Boolean"),
    int: (numbers.Integral, "an integer"),
    float: (numbers.Real, "a finite number"),
    str: (str, "a string"),
    types.NoneType: (types.NoneType, "None"),
    os.PathLike: (os.PathLike, "a path"),
    keras.Model: (keras.layers.Layer, "a Keras model or layer"),
    keras.layers.Layer: (keras.layers.Layer, "a Keras layer"),
}
MANY = (list, tuple, collections.abc.Sequence)


def checked(function: Function) -> Function:
    """Makes a function raise an error that names an argument of a wrong type.

    Numbers must be finite, and no Booleans. A list goes for a tuple, and so
    does an array of one axis. A function has not run by then. A constructor,
    which has no effect but its object, is called first: what it says itself of
    the argument tells more.
    """
    signature = inspect.signature(function)

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        if is_compiled_by_torch():
            return function(*args, **kwargs)
        # Keras takes no integers of NumPy.
        args = [in_python(value) for value in args]
        kwargs = {name: in_python(value) for name, value in kwargs.items()}
        try:
            given = signature.bind(*args, **kwargs).arguments
        except TypeError:  # of what is missing, or unknown: Python says it
            return function(*args, **kwargs)
        wrong = wrong_types(hints_of(function), given)
        if not wrong:
            return function(*args, **kwargs)
        if function.__name__ == "__init__":
            call_to_hear(function, args, kwargs, wrong)
        raise ValueError("\n".join(wrong.values()))

    wrapper.__signature__ = signature  # type: ignore[attr-defined]
    return typing.cast(Function, wrapper)


def call_to_hear(
    constructor: Any, args: list[Any], kwargs: dict[str, Any], wrong: Any
) -> None:
    """Raises the constructor's own error if it names a wrong argument."""
    try:
        constructor(*args, **kwargs)
    except Exception as error:
        if any(f"`{name}`" in str(error) for name in wrong):
            raise


def in_python(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


@functools.cache  # asked for at every call, and slow
def hints_of(thing: Any) -> dict[str, Any]:
    return typing.get_type_hints(thing)


def check_fields(instance: Any) -> None:
    """The same of the fields of a data class, for its `__post_init__`."""
    if is_compiled_by_torch():
        return
    kind: Any = type(instance)
    wrong = wrong_types(hints_of(kind), vars(instance))
    if wrong:
        raise ValueError("\n".join(wrong.values()))


def wrong_types(hints: dict[str, Any], given: dict[str, Any]) -> dict[str, str]:
    """What is wrong with each argument that is not of its type."""
    return {
        name: f"`{name}` must be {in_words(hints[name])}. "
        f"Received: {name}={shortened(value)}"
        for name, value in given.items()
        if name in hints and not fits(value, hints[name])
    }


def fits(value: Any, hint: Any) -> bool:
    """Whether a value has the type, and its parts have theirs."""
    kind, parts = typing.get_origin(hint) or hint, typing.get_args(hint)
    if hint is Any:
        return True
    if kind in (types.UnionType, typing.Union):
        return any(fits(value, part) for part in parts)
    if kind is Callable:  # a layer is no function, though it can be called
        return callable(value) and not isinstance(value, keras.layers.Layer)
    if kind in MANY:
        return is_many(value, parts) and have_types(list(value), kind, parts)
    if kind is collections.abc.Iterable:
        return is_iterable(value) and not isinstance(value, str)
    if not isinstance(value, ALIKE.get(kind, (kind,))[0]):
        return False
    if kind is dict and parts:
        each = zip((list(value), list(value.values())), parts, strict=True)
        return all(fits(x, part) for values, part in each for x in values)
    if kind is keras.layers.Layer:  # no module, no method and no transform
        return not (hasattr(value, "objective_names") or is_transform(value))
    if kind is keras.Model:  # no module, which is a layer
        is_model = isinstance(value, keras.Model)
        return is_model or not hasattr(value, "objective_names")
    if kind in (int, float):
        return type(value) is not bool and math.isfinite(value)
    return True


def is_transform(value: Any) -> bool:
    return hasattr(value, "output_image_shape")


def is_iterable(value: Any) -> bool:
    try:
        iter(value)
    except TypeError:  # also of an array without axes
        return False
    return True


def is_many(value: Any, parts: tuple) -> bool:
    is_vector = isinstance(value, np.ndarray) and value.ndim == 1
    return isinstance(value, list | tuple | range) or bool(parts and is_vector)


def have_types(values: list, kind: Any, parts: tuple) -> bool:
    if kind is tuple and parts and parts[-1] is not Ellipsis:
        same = len(values) == len(parts)
        return same and all(map(fits, values, parts))
    return not parts or all(fits(value, parts[0]) for value in values)


def in_words(hint: Any) -> str:
    kind, parts = typing.get_origin(hint) or hint, typing.get_args(hint)
    if kind in ALIKE:
        return ALIKE[kind][1]
    if kind in (types.UnionType, typing.Union):
        return " or ".join(map(in_words, parts))
    if kind is Callable:
        return "a function"
    if kind is dict:
        return "a dictionary" + of_words(" to ", parts)
    if kind is tuple and parts and parts[-1] is not Ellipsis:
        return "a tuple" + of_words(", ", parts)
    if kind in MANY or kind is collections.abc.Iterable:
        return "a list" + of_words(", ", parts[:1])
    return f"a `{kind.__name__}`"


def of_words(between: str, parts: tuple) -> str:
    words = [in_words(part) for part in parts if part is not Any]
    return f" of ({between.join(words)})" if words else ""


def shortened(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"an object of {type(value).__name__}"

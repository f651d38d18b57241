import inspect
from typing import Any

import keras

from keras_contrastive._keras_internals import (
    SafeModeScope,
    copy_lambda,
    in_safe_mode,
    layers_of,
)


def copy_layer(layer: Any, argument: str) -> Any:
    """The same layer with weights of its own, which are not copied yet.

    Made within this process it needs neither registered classes nor trust in
    the functions of `Lambda` layers; made while a file is loaded, it needs
    both if loading does.

    Args:
        layer: Layer or model.
        argument: String, the argument that it came for.

    Raises:
        ValueError: Naming the part that cannot be made from its config.
    """

    def copy_part(part):
        if type(part) is keras.layers.Lambda:
            return copy_lambda(part)
        try:
            if isinstance(part, keras.Model):
                return keras.models.clone_model(part)
            return type(part).from_config(part.get_config())
        except (TypeError, ValueError, NotImplementedError) as error:
            raise ValueError(
                f"`{argument}` must be made again from the config, but "
                f"{part.name} cannot: write `get_config`, and `from_config` "
                f"if arguments are objects. Received: {type(part).__name__}: "
                f"{error}"
            ) from error

    known = classes_and_functions(layer)
    trust = SafeModeScope(bool(in_safe_mode()))
    with keras.saving.custom_object_scope(known), trust:
        if has_graph(layer):
            return keras.models.clone_model(
                layer, clone_function=copy_part, recursive=True
            )
        return copy_part(layer)


def classes_and_functions(layer):
    """What a config names, by name: of layers and of their arguments."""
    names = {}
    for part in layers_of(layer):
        for value in (part, *vars(part).values()):
            if inspect.isfunction(value):
                names[value.__name__] = value
            elif hasattr(value, "get_config"):
                names[type(value).__name__] = type(value)
    return names


def has_graph(layer: Any) -> bool:
    return isinstance(layer, keras.Sequential) or bool(
        getattr(layer, "inputs", None)
    )

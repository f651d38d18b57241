import warnings
from collections.abc import Iterator
from typing import Any

import keras

# Keras imports what these hold.
PACKAGES = ("keras", "keras_hub", "keras_cv", "keras_nlp")


def warn_of_unknown(config: Any) -> None:
    """Warns of what Keras will not find, or not trust, when it loads a config.

    Args:
        config: That of a model, with its parts serialized.
    """
    unknown = sorted(set(unknown_names(config)))
    if unknown:
        warnings.warn(
            f"What is saved holds {', '.join(unknown)}, and will not load as "
            "it is. Decorate classes and functions with `@keras.saving."
            "register_keras_serializable()`, or give them to `load_model` as "
            "`custom_objects`; make a layer of a lambda, or load it with "
            "`safe_mode=False`.",
            stacklevel=3,
        )


def unknown_names(config: Any) -> Iterator[str]:
    if isinstance(config, dict):
        name = config.get("class_name")
        if name == "__lambda__":
            yield "a Python lambda"
        elif name == "function":
            if not can_be_found(config):
                yield f"the unregistered function `{config['config']}`"
        elif "registered_name" in config:
            package = (config["module"] or "").partition(".")[0]
            registered = config["registered_name"]
            if (
                package not in PACKAGES
                and keras.saving.get_registered_object(registered) is None
            ):
                yield f"the unregistered class `{name}`"
        config = list(config.values())
    if isinstance(config, list | tuple):
        for part in config:
            yield from unknown_names(part)


def can_be_found(function):
    try:
        keras.saving.deserialize_keras_object(function)
    except (TypeError, ValueError):
        return False
    return True

"""What must be the same where a run goes on, and what is said if it is not."""

import re
import warnings
from typing import Any

import keras
import numpy as np
import PIL

from keras_contrastive.data._fingerprint import fingerprint
from keras_contrastive.training._state import state_of
from keras_contrastive.version import __version__

# Parts of a config that differ between equal models of two processes.
UNTOLD = (
    "__lambda__",
    "build_config",
    "inbound_nodes",
    "input_layers",
    "name",
    "output_layers",
    "seed",
    "shared_object_id",
)


def described(model: keras.Model, data: Any) -> dict[str, Any]:
    """What tells a run from others, as JSON."""
    return {
        "format": 1,
        "method": type(model).__name__,
        "settings": flat(config_of(model)),
        "optimizer": flat(config_of(model.optimizer)),
        "variables": variables_of(model),
        "data": fingerprint(data),
        "versions": {
            "keras_contrastive": __version__,
            "keras": keras.version(),
            "backend": keras.backend.backend(),
            "numpy": np.__version__,
            "Pillow": PIL.__version__,
        },
    }


def check_same_run(before: dict, now: dict, folder: Any) -> None:
    """Refuses to go on with another run; warns of what may change numbers.

    Args:
        before: What `described` returned when the file was written.
        now: What it returns now.
        folder: Path, for the message.
    """
    if before.get("format") != now["format"]:
        raise ValueError(
            "`folder` holds files that this version of the package cannot "
            "read: go on with the version that wrote them, or choose another "
            f"folder. Received: folder={folder}, written by "
            f"{before.get('versions')}"
        )
    found = differences(before["versions"], now["versions"])
    if found:
        warnings.warn(
            "The run goes on with other versions, so that numbers may differ "
            f"in their last digits: {found}.",
            stacklevel=2,
        )
    told = {
        "`model` is another method": ("method",),
        "`model` has other weights": ("variables", "model"),
        "`optimizer` has other variables": ("variables", "optimizer"),
        "`x` is other data": ("data",),
    }
    if not found:
        told["`model` has other settings"] = ("settings",)
    for what, keys in told.items():
        old, new = before, now
        for key in keys:
            old, new = old[key], new[key]
        changed = differences(old, new)
        if changed:
            raise ValueError(
                f"{what} than those of the run in `folder`: choose another "
                "folder, or go on with what began the run. "
                f"Received: folder={folder}; {changed}"
            )
    changed = differences(before["optimizer"], now["optimizer"])
    if changed and not found:
        warnings.warn(
            "`optimizer` has other settings than when the run began; a "
            "learning rate that is a number goes on as it was saved: "
            f"{changed}.",
            stacklevel=2,
        )


def differences(old: Any, new: Any) -> str:
    """The first few, as text; empty without any."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return "" if old == new else f"before {old}, now {new}"
    names = [
        name
        for name in dict.fromkeys([*old, *new])
        if old.get(name) != new.get(name)
    ]
    more = ", ..." * (len(names) > 3)
    told = [
        f"{name}: before {old.get(name)}, now {new.get(name)}"
        for name in names[:3]
    ]
    return ", ".join(told) + more


def variables_of(model: keras.Model) -> dict[str, dict[str, str]]:
    """Shape and type of each variable; its number is the first part of a name.

    Numbers behind names are left out: Keras counts the layers of a process.
    Of a path it is what loading a model leaves: layer and weight, and of an
    optimizer's the optimizer.
    """
    return {
        group: {
            f"{i} {short(variable.path, group)}": (
                f"{tuple(variable.shape)} "
                f"{keras.backend.standardize_dtype(variable.dtype)}"
            )
            for i, variable in enumerate(variables)
        }
        for group, variables in state_of(model).items()
        if group != "metrics"  # which callbacks may add to
    }


def short(path: str, group: str) -> str:
    parts = path.split("/")
    kept = parts[:1] if group == "optimizer" else parts[-2:]
    return re.sub("_[0-9]+", "", "/".join(kept))


def config_of(part: Any) -> Any:
    """The config, empty for a user's class that writes none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # classes that a file could not hold
        try:
            return keras.saving.serialize_keras_object(part)["config"]
        except (NotImplementedError, TypeError, ValueError):
            return {}


def flat(config: Any, path: str = "") -> dict[str, str]:
    """Leaves of a config by their paths."""
    if isinstance(config, list | tuple):
        config = {str(i): part for i, part in enumerate(config)}
    if not isinstance(config, dict):
        return {path: repr(config)}
    if config.get("class_name") in UNTOLD:
        return {}
    leaves: dict[str, str] = {}
    for name, part in config.items():
        if name not in UNTOLD:
            leaves |= flat(part, f"{path}.{name}" if path else str(name))
    return leaves

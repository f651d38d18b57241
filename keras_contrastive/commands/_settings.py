"""The settings of a run, kept beside it so that no other goes on with it."""

import json
import pathlib
from typing import Any

from keras_contrastive.commands._arguments import is_begun

SETTINGS = "settings.json"


def keep_settings(settings: dict[str, Any], output: pathlib.Path) -> None:
    text = json.dumps(settings, indent=1)
    (output / SETTINGS).write_text(text + "\n", "utf-8")


def check_same_settings(settings: dict[str, Any], output: pathlib.Path) -> None:
    """Raises `ValueError` where a run was begun with others."""
    if not is_begun(output):
        return
    kept = json.loads((output / SETTINGS).read_text("utf-8"))
    others = [
        f"{name} {kept.get(name)} and not {value}"
        for name, value in settings.items()
        if kept.get(name) != value
    ]
    if others:
        raise ValueError(
            f"{output} holds a run with {', '.join(others)}: go on with its "
            "own arguments, or give another --output"
        )

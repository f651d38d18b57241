"""The settings of a run, kept beside it so that no other goes on with it."""

import json
import pathlib
from typing import Any

from keras_contrastive._replacing import replacing
from keras_contrastive.commands._arguments import is_begun

SETTINGS = "settings.json"


def keep_settings(settings: dict[str, Any], output: pathlib.Path) -> None:
    """Makes the folder of a run, with its settings in it."""
    output.mkdir(parents=True, exist_ok=True)
    with replacing(output / SETTINGS) as unfinished:
        unfinished.write_text(json.dumps(settings, indent=1) + "\n", "utf-8")


def check_same_settings(settings: dict[str, Any], output: pathlib.Path) -> None:
    """Raises `ValueError` where a run was begun with others, or none kept."""
    if not is_begun(output):
        return
    file = output / SETTINGS
    if not file.exists():
        raise ValueError(
            f"{output} holds a run with no {SETTINGS} beside it, which would "
            "say what it was begun with: give another --output"
        )
    kept = json.loads(file.read_text("utf-8"))
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

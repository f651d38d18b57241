import json
import pathlib
from typing import Any

from keras_contrastive.commands._arguments import is_begun
from keras_contrastive.commands.pretrain._plan import Plan

SETTINGS = "settings.json"


def settings_of(plan: Plan, labeled: pathlib.Path | None) -> dict[str, Any]:
    """What a run depends on, as plain values."""
    return {
        "folder": plan.folder,
        "pictures": plan.run.num_images,
        "labeled": labeled and str(labeled.absolute()),
        "method": plan.method,
        "encoder": plan.encoder,
        "view_size": plan.view_size,
        "load_size": plan.load_size,
        "batch_size": plan.run.batch_size,
        "epochs": plan.run.epochs,
        "optimizer": plan.optimizer.__name__,
        "learning_rate": plan.learning_rate,
        "precision": plan.precision,
        "seed": plan.seed,
    }


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

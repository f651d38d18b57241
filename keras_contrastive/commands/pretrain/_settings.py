import pathlib
from typing import Any

from keras_contrastive.commands.pretrain._plan import Plan


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

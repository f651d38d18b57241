import dataclasses
import datetime
import json
import pathlib
import time
from typing import Any

import keras
import numpy as np

from keras_contrastive.callbacks import (
    Checkpoint,
    CollapseGuard,
    FiniteGuard,
    KNNProbe,
)
from keras_contrastive.commands._arguments import CHECKPOINT, EVERY_MINUTES
from keras_contrastive.commands._figures import embedding_figure, save_figures
from keras_contrastive.commands._machine import device, versions
from keras_contrastive.commands._run_record import RunRecord
from keras_contrastive.commands._training_probe import divisor, some_images
from keras_contrastive.commands.recipe._data import RecipeData
from keras_contrastive.data import Batches
from keras_contrastive.evaluation import Report, knn
from keras_contrastive.recipes import Recipe, Run
from keras_contrastive.training import ContrastiveModel

# Images that guard and probe look at during training.
LOOKED_AT, BANK, QUERIES = 256, 5000, 1000
NEIGHBORS = 200


def run_recipe(
    recipe: Recipe, run: Run, data: RecipeData, output: pathlib.Path
) -> dict[str, Any]:
    """Trains, evaluates and writes everything into `output`.

    Started again with the same arguments it goes on where it was interrupted:
    the training from its last checkpoint, the evaluation from its beginning.

    Args:
        recipe: `Recipe`.
        run: `Run`, how long, in what batches and with which seed.
        data: `RecipeData`.
        output: Folder for this run alone, which is there.

    Returns:
        What `results.json` holds.
    """
    seed = 0 if run.seed is None else run.seed
    keras.utils.set_random_seed(seed)
    model = recipe.make_model(run)
    encoder = with_center_crop(model.encoder, recipe)
    pretrain = Batches(
        data.source,
        run.batch_size,
        shuffle=True,
        seed=seed,
        labels=model.needs_labels,
        index=model.needs_index,
    )
    record = RunRecord()
    guard = CollapseGuard(some_images(data.source, LOOKED_AT))
    callbacks = [
        FiniteGuard("rollback"),
        guard,
        knn_probe(encoder, data.train, every=divisor(run.epochs)),
        record,
        Checkpoint(output / CHECKPOINT, every_minutes=EVERY_MINUTES),
    ]
    model.fit(pretrain, epochs=run.epochs, callbacks=callbacks)
    hours = record.hours
    model.encoder.save(output / "encoder.keras")

    begun = time.monotonic()
    neighbors = min(NEIGHBORS, data.train.num_images)
    reports = {
        "knn": knn(encoder, data.train, data.test, k=neighbors),
        "linear": recipe.evaluation.evaluate(
            model.encoder,
            data.train,
            data.test,
            image_size=recipe.view_size,
            max_batch_size=run.batch_size,
            seed=seed,
        ),
    }
    results = {
        "recipe": recipe.name,
        "settings": settings_of(recipe, run),
        "versions": versions(),
        "device": device(),
        "date": datetime.date.today().isoformat(),
        "accuracies": {
            name: report.accuracy for name, report in reports.items()
        },
        "reports": {name: summary(each) for name, each in reports.items()},
        "hours": {
            "pretraining": hours,
            "evaluation": (time.monotonic() - begun) / 3600,
        },
        "alarms": [list(alarm) for alarm in guard.alarms],
        "unreadable": {
            path: reason
            for source in (data.source, data.train.source)
            for path, reason in getattr(source, "unreadable", {}).items()
        },
        "curves": record.curves,
    }
    text = json.dumps(results, indent=1, default=str)
    (output / "results.json").write_text(text + "\n")
    for report in reports.values():
        print(report)
    draw_figures(output, model, encoder, data, record)
    print(f"Reported of it: {recipe.reported or 'nothing'}")
    print(f"Results are in {output}")
    return results


def with_center_crop(encoder: keras.Model, recipe: Recipe) -> keras.Model:
    """The same encoder, of the middle of images that are larger than views."""
    if recipe.image_size == recipe.view_size:
        return encoder
    crop = keras.layers.CenterCrop(
        recipe.view_size, recipe.view_size, data_format="channels_last"
    )
    shape = (recipe.image_size, recipe.image_size, 3)
    return keras.Sequential([keras.Input(shape), crop, encoder])


def knn_probe(encoder: keras.Model, train: Any, every: int) -> KNNProbe:
    """Classifies some training images by others: the test set waits."""
    rng = np.random.default_rng(0)
    count = min(train.num_images, BANK + QUERIES)
    rows = rng.permutation(train.num_images)[:count]
    images, labels = train.source.read(np.sort(rows))
    mixed = rng.permutation(count)
    parts = np.split(mixed, [count * BANK // (BANK + QUERIES)])
    bank, queries = [(images[part], labels[part]) for part in parts]
    known = np.isin(queries[1], bank[1])
    return KNNProbe(
        bank,
        (queries[0][known], queries[1][known]),
        every=every,
        k=min(20, len(bank[1])),
        max_overlap=1.0,  # Copies flatter the curve, which chooses nothing.
        encoder=encoder,
    )


def begun_with(
    recipe: Recipe, run: Run, data_dir: pathlib.Path | None
) -> dict[str, Any]:
    """What a run must have been begun with to be gone on with."""
    return {
        "recipe": recipe.name,
        **dataclasses.asdict(run),
        "data_dir": data_dir and str(data_dir.resolve()),
    }


def settings_of(recipe: Recipe, run: Run) -> dict[str, Any]:
    published = dataclasses.asdict(recipe)
    del published["make_model"]
    return {"published": published, "run": dataclasses.asdict(run)}


def summary(report: Report) -> dict[str, Any]:
    whole = report.to_dict()
    return {name: whole[name] for name in ("name", "metrics", "settings")}


def draw_figures(
    output: pathlib.Path,
    model: ContrastiveModel,
    encoder: keras.Model,
    data: RecipeData,
    record: RunRecord,
) -> None:
    from keras_contrastive import visualization  # matplotlib takes a second

    figures = {
        "views": visualization.plot_views(
            model.views, some_images(data.source, 8)
        ),
        "curves": visualization.plot_history(record.curves),
        "embedding": embedding_figure(encoder, data.test),
    }
    save_figures(figures, output)

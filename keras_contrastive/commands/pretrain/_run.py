import datetime
import json
import pathlib
from typing import Any

import keras

from keras_contrastive.callbacks import Checkpoint, CollapseGuard, FiniteGuard
from keras_contrastive.commands._arguments import CHECKPOINT, EVERY_MINUTES
from keras_contrastive.commands._figures import (
    FEWEST_POINTS,
    embedding_figure,
    save_figures,
)
from keras_contrastive.commands._machine import device, versions
from keras_contrastive.commands._rows import print_rows
from keras_contrastive.commands._run_record import RunRecord
from keras_contrastive.commands._training_probe import divisor, some_images
from keras_contrastive.commands.pretrain._any_size import of_any_size
from keras_contrastive.commands.pretrain._expected_time import ExpectedTime
from keras_contrastive.commands.pretrain._labels import LabeledPictures
from keras_contrastive.commands.pretrain._model import (
    keep_encoder,
    make_data,
    make_model,
    plain_encoder,
)
from keras_contrastive.commands.pretrain._neighbors_figure import (
    neighbors_figure,
)
from keras_contrastive.commands.pretrain._plan import Plan
from keras_contrastive.commands.pretrain._python_script import python_script
from keras_contrastive.commands.pretrain._report import (
    accuracy_rows,
    pretrain_report,
)
from keras_contrastive.commands.pretrain._results import pretrain_results
from keras_contrastive.data import Batches
from keras_contrastive.evaluation import Report
from keras_contrastive.training import ContrastiveModel

# Images that the guard looks at.
LOOKED_AT = 256


def run_pretrain(
    plan: Plan,
    settings: dict[str, Any],
    labels: LabeledPictures | None,
    output: pathlib.Path,
    rows: dict[str, str],
) -> None:
    """Trains and evaluates, and writes everything into `output`.

    Started again with the same arguments it goes on where it was interrupted:
    the training from its last checkpoint, the evaluation from its beginning.

    Args:
        plan: `Plan`.
        settings: `settings_of` that plan.
        labels: `LabeledPictures`, or None.
        output: Folder for this run alone, which is there.
        rows: Dictionary, what was chosen and why, in words.
    """
    script = python_script(plan)
    data, model = make_data(plan), make_model(plan)
    record, epochs = RunRecord(), plan.run.epochs
    guards = (
        FiniteGuard("rollback"),
        CollapseGuard(some_images(data.source, LOOKED_AT)),
    )
    callbacks = [
        *guards,
        record,
        ExpectedTime(plan.run.steps),
        Checkpoint(output / CHECKPOINT, every_minutes=EVERY_MINUTES),
    ]
    if labels:
        callbacks.append(labels.probe(divisor(epochs), plan.seed))
    model.fit(data, epochs=epochs, callbacks=callbacks)
    hours = record.hours

    encoder = plain_encoder(model.encoder, plan)
    (output / "pretrain.py").write_text(script, "utf-8")
    keep_encoder(encoder, plan, output)
    figures = training_figures(plan, model, encoder, data, record)
    reports = {}
    if labels:
        reports = evaluate(labels, encoder, plan, output)
        if labels.held.num_images >= FEWEST_POINTS:
            figures["embedding"] = embedding_figure(encoder, labels.held)
    save_figures(figures, output)
    results = {"settings": settings, "hours": hours}
    results |= pretrain_results(plan, labels, reports, record, guards)
    results |= {
        "chosen": rows,
        "weights": encoder.count_params(),
        "features": encoder.output_shape[-1],
        "versions": versions(),
        "device": device(),
        "date": datetime.date.today().isoformat(),
    }
    text = json.dumps(results, indent=1, default=str)
    (output / "results.json").write_text(text + "\n", "utf-8")
    page = pretrain_report(results, output, script)
    (output / "report.html").write_text(page, "utf-8")
    print(f"The same in Python, {output / 'pretrain.py'}:\n\n{script}")
    if reports:
        print_rows(accuracy_rows(results))
    print(f"Encoder and report are in {output}; open {output / 'report.html'}")


def training_figures(
    plan: Plan,
    model: ContrastiveModel,
    encoder: keras.Model,
    data: Batches,
    record: RunRecord,
) -> dict[str, Any]:
    from keras_contrastive import visualization  # matplotlib takes a second

    terms = {"loss", "knn_accuracy", *model.objective_names}
    shown = {k: v for k, v in record.curves.items() if k in terms}
    return {
        "views": visualization.plot_views(
            model.views, some_images(data.source, 8)
        ),
        "curves": visualization.plot_history(shown),
        "neighbors": neighbors_figure(encoder, plan.folder, plan.view_size),
    }


def evaluate(
    labels: LabeledPictures,
    encoder: keras.Model,
    plan: Plan,
    output: pathlib.Path,
) -> dict[str, Report]:
    """Of pictures that were held out; keeps the classifier."""
    linear = labels.classify(encoder, plan.seed)
    classifier = of_any_size(linear.model, plan.view_size)
    classifier.save(output / "classifier.keras")
    return {
        "pixels": labels.raw,
        "k-NN": labels.nearest(encoder),
        "linear": linear,
    }

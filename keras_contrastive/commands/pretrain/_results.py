from typing import Any

from keras_contrastive.callbacks import CollapseGuard, FiniteGuard
from keras_contrastive.commands._run_record import RunRecord
from keras_contrastive.commands.pretrain._confidence import confidence_interval
from keras_contrastive.commands.pretrain._labels import LabeledPictures
from keras_contrastive.commands.pretrain._plan import Plan
from keras_contrastive.evaluation import Report


def pretrain_results(
    plan: Plan,
    labels: LabeledPictures | None,
    reports: dict[str, Report],
    record: RunRecord,
    guards: tuple[FiniteGuard, CollapseGuard],
) -> dict[str, Any]:
    """What came out, as plain values for `results.json`."""
    finite, collapse = guards
    alarms = [
        f"step {step}: {sign}, {value:.3g}"
        for step, sign, value in collapse.alarms
    ]
    alarms += [
        f"step {alarm['step']}: not finite, the step was left out"
        for alarm in finite.alarms
    ]
    steps_to_judge = collapse.warmup + collapse.patience * collapse.every_steps
    results = {
        "alarms": alarms,
        "long enough for the guard": plan.run.steps >= steps_to_judge,
        "curves": record.curves,
    }
    if labels is None:
        return results
    held = labels.held.num_images
    accuracies = {name: each.accuracy for name, each in reports.items()}
    return results | {
        "classes": labels.held.class_names,
        "labeled": {
            "learned from": labels.learn.num_images,
            "held out": held,
            "seen without labels": labels.in_pretraining,
        },
        "accuracies": accuracies,
        "intervals": {
            name: confidence_interval(share, held)
            for name, share in accuracies.items()
        },
        "recalls": reports["linear"].recalls,
    }

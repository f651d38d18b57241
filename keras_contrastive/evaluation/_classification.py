from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from keras_contrastive.evaluation._class_pair import ClassPair
from keras_contrastive.evaluation.report import Report


def classification_report(
    name: str,
    pair: ClassPair,
    predictions: np.ndarray,
    *,
    settings: dict[str, Any],
    metrics: dict[str, float] | None = None,
    spreads: dict[str, float] | None = None,
    tried: Sequence[dict[str, Any]] = (),
    model: keras.Model | None = None,
) -> Report:
    """Compares predictions with the labels of `test`.

    Args:
        name: See `Report`.
        pair: `ClassPair` that was learned from and tested on.
        predictions: Integer array `(num_test,)`, in the coding of
            `pair.test_labels`.
        settings: Dictionary of what else the figures depend on. The numbers
            of images, features and classes are added.
        metrics: Dictionary of further metrics. Defaults to none.
        spreads: See `Report`.
        tried: See `Report`.
        model: See `Report`.

    Returns:
        `Report` with `accuracy`, `balanced_accuracy`, the recall of each
        class that occurs in `test` and the predictions.
    """
    labels = pair.test_labels
    classes, codes = np.unique(labels, return_inverse=True)
    right = np.bincount(codes, weights=predictions == labels)
    recalls = right / np.bincount(codes)
    sizes = {"train": len(pair.train), "test": len(pair.test)}
    if pair.train.ndim == 2:
        sizes["dim"] = pair.train.shape[1]
    return Report(
        name,
        metrics={
            "accuracy": float(np.mean(predictions == labels)),
            "balanced_accuracy": float(recalls.mean()),
            **(metrics or {}),
        },
        settings={
            **settings,
            **sizes,
            "classes": len(pair.classes),
            **pair.unlabeled,
        },
        spreads=spreads or {},
        tried=list(tried),
        model=model,
        recalls={
            pair.name_of(label): float(recall)
            for label, recall in zip(classes, recalls, strict=True)
        },
        predictions=predictions,
        class_names=pair.class_names,
    )

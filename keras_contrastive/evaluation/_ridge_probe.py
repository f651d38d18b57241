from typing import Any

import keras
import numpy as np

from keras_contrastive._check_integer import check_integer
from keras_contrastive.evaluation._class_pair import extract_pair
from keras_contrastive.evaluation._classification import classification_report
from keras_contrastive.evaluation._hold_out import hold_out
from keras_contrastive.evaluation._ridge import path
from keras_contrastive.evaluation._share_right import share_right
from keras_contrastive.evaluation._standardize import standardize
from keras_contrastive.evaluation.report import Report

PENALTIES = np.logspace(-6, 5, 45)


def ridge_probe(
    encoder: keras.Model | None,
    train: Any,
    test: Any,
    *,
    penalties: Any = PENALTIES,
    validation: float = 0.2,
    seed: int = 0,
    max_overlap: float = 0.05,
    verbose: bool = True,
) -> Report:
    """Classifies frozen features by ridge regression, in closed form.

    The instant alternative to `linear_probe`, without learning rate, epochs
    or batches: least squares on the classes as 0 and 1, all penalties from
    one decomposition of the features' covariance. One part of the training
    set chooses the penalty, then the whole of it is used. Least squares score
    differently from the softmax regression of the literature: good for curves
    and comparisons, not for a table next to published figures.

    Args:
        encoder: `keras.Model`, float images in 0..1 to features
            `(batch, dim)`; `None` for raw pixels.
        train: Labeled images to learn from. Tuple of arrays
            `(images, labels)` or an iterable of such batches; images `uint8`
            in 0..255 or float in 0..1, labels integer `(batch,)`.
        test: Labeled images to test on, in the same form, none of them in
            `train`.
        penalties: Positive floats: `penalty * |kernel|^2` is added to the mean
            squared error of standardized features. Defaults to 45 from 1e-6
            to 1e5, evenly spaced in their logarithm.
        validation: Float between 0 and 1, share of the training set that
            chooses. Defaults to 0.2.
        seed: Integer, of what is held out. Defaults to 0.
        max_overlap: Float in 0..1, share of the images of `test`, or of
            those of `train`, that may be in the other. Defaults to 0.05.
        verbose: Boolean, whether to show a progress bar if it takes more
            than 3 seconds. Defaults to `True`.

    Returns:
        `Report` with `accuracy`, the share of `test` classified correctly,
        `balanced_accuracy`, its mean over classes, `recalls` and
        `predictions`. Its `tried` holds the `validation_accuracy` of each
        penalty.

    Raises:
        ValueError: If labels are missing, an argument is out of its range,
            `test` has a class that `train` lacks, or they share more images
            than allowed.

    Example:

    >>> ridge_probe(model.encoder, (images, labels), test).accuracy
    """
    penalties = np.atleast_1d(np.asarray(penalties, "float64"))
    if penalties.ndim > 1 or not len(penalties) or not penalties.min() > 0:
        raise ValueError(
            "`penalties` must be positive numbers. "
            f"Received: penalties={penalties}"
        )
    check_integer("seed", seed, 0)
    pair = extract_pair(
        encoder, train, test, max_overlap=max_overlap, verbose=verbose
    )
    predicted, tried = ridge_classify(
        pair.train, pair.train_labels, pair.test, penalties, validation, seed
    )
    best = max(tried, key=lambda each: each["validation_accuracy"])
    return classification_report(
        "ridge probe",
        pair,
        predicted,
        settings={"penalty": best["penalty"], "seed": seed},
        tried=tried,
    )


def ridge_classify(
    features: np.ndarray,
    labels: np.ndarray,
    others: np.ndarray,
    penalties: np.ndarray,
    validation: float,
    seed: int,
) -> tuple[np.ndarray, list[dict[str, float]]]:
    """Predicts labels of features by ridge regression on the classes.

    Args:
        features: Array `(rows, dim)`.
        labels: Integer array `(rows,)`.
        others: Array `(others, dim)`.
        penalties: See `ridge_probe`.
        validation: See `ridge_probe`.
        seed: See `ridge_probe`.

    Returns:
        Tuple of labels `(others,)` and a list of what was tried.
    """
    classes, codes = np.unique(labels, return_inverse=True)
    targets = np.eye(len(classes))[codes]
    features, others = standardize(
        features.astype("float64"), others.astype("float64")
    )
    kept, held = hold_out(len(features), validation, seed)
    shares = [
        share_right(scores.argmax(axis=1), codes[held])
        for scores in path(
            features[kept], targets[kept], features[held], penalties
        )
    ]
    chosen = penalties[[np.argmax(shares)]]
    (scores,) = path(features, targets, others, chosen)
    tried = [
        {"penalty": float(penalty), "validation_accuracy": share}
        for penalty, share in zip(penalties, shares, strict=True)
    ]
    return classes[scores.argmax(axis=1)], tried

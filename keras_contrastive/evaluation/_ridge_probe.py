import functools
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_contrastive._check_integer import check_integer
from keras_contrastive._check_tensor import check_tensor
from keras_contrastive._checked import checked
from keras_contrastive.evaluation._class_pair import ClassPair, extract_pair
from keras_contrastive.evaluation._classification import classification_report
from keras_contrastive.evaluation._hold_out import hold_out
from keras_contrastive.evaluation._image_classifier import (
    centered,
    dense,
    later_classifier,
)
from keras_contrastive.evaluation._ridge import path, ridge
from keras_contrastive.evaluation._share_right import share_right
from keras_contrastive.evaluation._standardize import mean_and_deviation
from keras_contrastive.evaluation.report import Report

PENALTIES = np.logspace(-6, 5, 45)


@checked
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
        penalty. Its `model` is the classifier of the chosen penalty, with a
        copy of the encoder; its probabilities are the scores, which add up
        to 1, with 0 for those below, divided by their sum.

    Raises:
        ValueError: If labels are missing, an argument is out of its range,
            `test` has a class that `train` lacks, or they share more images
            than allowed.

    Example:

    >>> report = ridge_probe(model.encoder, (images, labels), test)
    >>> report.accuracy
    >>> report.model.save("classifier.keras")
    """
    check_tensor("penalties", penalties)
    penalties = np.atleast_1d(np.asarray(penalties, "float64"))
    if (
        penalties.ndim > 1
        or not len(penalties)
        or not ((penalties > 0) & np.isfinite(penalties)).all()
    ):
        raise ValueError(
            "`penalties` must be positive numbers. "
            f"Received: penalties={penalties}"
        )
    check_integer("seed", seed, 0)
    pair = extract_pair(
        encoder, train, test, max_overlap=max_overlap, verbose=verbose
    )
    return ridge_report(encoder, pair, penalties, validation, seed)


def ridge_report(
    encoder: keras.Model | None,
    pair: ClassPair,
    penalties: np.ndarray = PENALTIES,
    validation: float = 0.2,
    seed: int = 0,
) -> Report:
    """`ridge_probe` of features that `encoder` gave."""
    classes, codes = np.unique(pair.train_labels, return_inverse=True)
    targets = np.eye(len(classes))[codes]
    mean, deviation = mean_and_deviation(pair.train.astype("float64"))
    train, test = (
        (each - mean) / deviation for each in (pair.train, pair.test)
    )
    kept, held = hold_out(len(train), validation, seed)
    shares = [
        share_right(scores.argmax(axis=1), codes[held])
        for scores in path(train[kept], targets[kept], train[held], penalties)
    ]
    chosen = penalties[[np.argmax(shares)]]
    ((kernel, bias),) = ridge(train, targets, chosen)
    head = functools.partial(
        scores_head, mean, kernel / deviation[:, None], bias
    )
    return classification_report(
        "ridge probe",
        pair,
        classes[(test @ kernel + bias).argmax(axis=1)],
        settings={"penalty": float(chosen[0]), "seed": seed},
        make_model=later_classifier(encoder, head, pair),
        tried=[
            {"penalty": float(penalty), "validation_accuracy": share}
            for penalty, share in zip(penalties, shares, strict=True)
        ],
    )


def scores_head(
    mean: np.ndarray, kernel: np.ndarray, bias: np.ndarray, features: Any
) -> Any:
    """Probabilities of features.

    Least squares on 0 and 1 estimates the probabilities themselves, and these
    scores add up to 1. Some are negative: they become 0, and the rest is
    divided by its sum.
    """
    scores = ops.relu(dense(centered(features, mean), kernel, bias))
    return scores / ops.sum(scores, axis=-1, keepdims=True)

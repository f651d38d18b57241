"""Labeled images to learn from and to test on, with one coding of classes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from keras_contrastive.evaluation._class_batches import ClassBatches
from keras_contrastive.evaluation._features import check_encoder, read
from keras_contrastive.evaluation._match_classes import match_classes
from keras_contrastive.evaluation._overlap import (
    check_max_overlap,
    check_overlap,
)


@dataclass(frozen=True)
class ClassPair:
    """A training and a test set, or their features, of labeled images alone.

    Args:
        train: Array of features `(rows, dim)` or of images.
        train_labels: int64 array `(rows,)`.
        test: The same to test on.
        test_labels: int64 array, in the coding of `train_labels`.
        class_names: List of strings, the name of each label, or `None`.
        image_shape: Tuple `(height, width, channels)` of the images.
        unlabeled: Dictionary, `"unlabeled_train"` and `"unlabeled_test"` to
            the number of images that were left out, where there are any.
    """

    train: np.ndarray
    train_labels: np.ndarray
    test: np.ndarray
    test_labels: np.ndarray
    class_names: list[str] | None
    image_shape: tuple[int, ...]
    unlabeled: dict[str, int]

    @property
    def classes(self) -> np.ndarray:
        """The labels that occur in `train`, in ascending order."""
        return np.unique(self.train_labels)

    def name_of(self, label: int) -> str | int:
        return self.class_names[label] if self.class_names else int(label)


def extract_pair(
    encoder: keras.Model | None,
    train: Any,
    test: Any,
    *,
    max_overlap: float,
    verbose: bool = True,
) -> ClassPair:
    """Features of a training and a test set, which must have class labels.

    Args:
        encoder: See `extract_features`.
        train: Data to learn from, see `extract_features`.
        test: Data to test on, other images.
        max_overlap: Float in 0..1, share of either set that may be in the
            other. Popular data sets have a few images in both.
        verbose: See `extract_features`.

    Returns:
        `ClassPair` of features.

    Raises:
        ValueError: If labels are missing, `test` has classes that `train`
            lacks, or the sets share more images.
    """
    check_encoder(encoder)

    def features(batches: ClassBatches) -> tuple[np.ndarray, Any]:
        return read(encoder, batches, verbose)

    return make_pair(features, train, test, None, max_overlap)


def image_pair(
    train: Any, test: Any, *, rows: Any = None, max_overlap: float
) -> ClassPair:
    """The images of a training and a test set, as `extract_pair`.

    Args:
        train: Data to learn from, see `extract_features`.
        test: Data to test on, other images.
        rows: Integers, which images of `train` to take, counted with those
            that have no label, or `None` for all.
        max_overlap: See `extract_pair`.

    Returns:
        `ClassPair` of images.
    """

    def images(batches: ClassBatches) -> tuple[np.ndarray, Any]:
        images, labels = zip(*batches, strict=True)
        return np.concatenate(images), np.concatenate(labels)

    return make_pair(images, train, test, rows, max_overlap)


def check_pair(train: Any, test: Any, *, max_overlap: float) -> ClassPair:
    """Raises the errors of `extract_pair` that ask for no features.

    Returns:
        `ClassPair` whose `train` and `test` are the labels, for images too
        many to hold.
    """

    def labels(batches: ClassBatches) -> tuple[np.ndarray, Any]:
        labels = np.concatenate([labels for _, labels in batches])
        return labels, labels

    return make_pair(labels, train, test, None, max_overlap)


def make_pair(
    read: Callable[[ClassBatches], tuple[np.ndarray, Any]],
    train: Any,
    test: Any,
    rows: Any,
    max_overlap: float,
) -> ClassPair:
    check_max_overlap(max_overlap)
    hashed = max_overlap < 1
    learned = ClassBatches(train, "train", rows, hashed)
    train, train_labels = read(learned)
    tested = ClassBatches(test, "test", hashed=hashed)
    test, test_labels = read(tested)
    if test.shape[1:] != train.shape[1:]:
        raise ValueError(
            "`test` must have images of the shape of `train`. "
            f"Received: {test.shape[1:]} and {train.shape[1:]}"
        )
    if hashed:
        check_overlap(learned.digests, tested.digests, max_overlap)
    unlabeled = {
        f"unlabeled_{batches.argument}": batches.num_unlabeled
        for batches in (learned, tested)
        if batches.num_unlabeled
    }
    names, test_names = learned.class_names, tested.class_names
    if names is None:
        tested.check_named(train_labels)
    return ClassPair(
        train,
        train_labels,
        test,
        match_classes(train_labels, names, test_labels, test_names),
        names or test_names,
        learned.image_shape,
        unlabeled,
    )

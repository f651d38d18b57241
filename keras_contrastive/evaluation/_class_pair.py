"""Labeled images to learn from and to test on, with one coding of classes."""

import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from keras_contrastive._check_class_labels import check_class_labels
from keras_contrastive.evaluation._features import check_encoder, read
from keras_contrastive.evaluation._labeled_batches import LabeledBatches
from keras_contrastive.evaluation._overlap import (
    check_max_overlap,
    check_overlap,
    digest,
)

BATCH_SIZE = 256


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


def check_pair(train: Any, test: Any, *, max_overlap: float) -> None:
    """Raises the errors of `extract_pair` that ask for no features."""

    def labels(batches: ClassBatches) -> tuple[np.ndarray, Any]:
        labels = np.concatenate([labels for _, labels in batches])
        return labels, labels

    make_pair(labels, train, test, None, max_overlap)


def make_pair(
    read: Callable[["ClassBatches"], tuple[np.ndarray, Any]],
    train: Any,
    test: Any,
    rows: Any,
    max_overlap: float,
) -> ClassPair:
    check_max_overlap(max_overlap)
    learned = ClassBatches(train, "train", rows)
    train, train_labels = read(learned)
    tested = ClassBatches(test, "test")
    test, test_labels = read(tested)
    if test.shape[1:] != train.shape[1:]:
        raise ValueError(
            "`test` must have images of the shape of `train`. "
            f"Received: {test.shape[1:]} and {train.shape[1:]}"
        )
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


class ClassBatches(LabeledBatches):
    """Batches of the images that have a label.

    Args:
        data: See `LabeledBatches`. Its `class_names`, if it has any, are the
            names of its labels.
        argument: Name of the argument that the data came for.
        rows: Integers, which images to read, counted with those that have no
            label, or `None` for all.

    After reading, `digests` holds those of the images and `num_unlabeled` is
    the number of those that were left out.
    """

    def __init__(self, data: Any, argument: str, rows: Any = None) -> None:
        super().__init__(data, BATCH_SIZE, argument)
        self.class_names = class_names_of(data, argument)
        self.rows = None if rows is None else check_rows(rows)

    def __iter__(self) -> Iterator[tuple[np.ndarray, Any]]:
        self.digests: list[bytes] = []
        self.num_unlabeled = num_images = 0
        for images, labels in super().__iter__():
            labels = with_labels(labels, self.argument)
            self.check_named(labels)
            chosen = labels >= 0
            if self.rows is None:
                self.num_unlabeled += int((~chosen).sum())
            else:
                places = np.arange(num_images, num_images + len(images))
                asked = np.isin(places, self.rows)
                self.num_unlabeled += int((asked & ~chosen).sum())
                chosen &= asked
            num_images += len(images)
            self.image_shape = images.shape[1:]
            if chosen.any():
                images, labels = images[chosen], labels[chosen]
                self.digests += map(digest, images)
                yield images, labels
        if self.rows is not None and self.rows.max() >= num_images:
            raise ValueError(
                f"`rows` must be from 0 to {num_images - 1}, the images of "
                f"`{self.argument}`. "
                f"Received: {self.rows.min()} to {self.rows.max()}"
            )
        if not self.digests:
            raise ValueError(
                f"`{self.argument}` must have images with a label. Received: "
                f"{self.num_unlabeled} with the label -1, which is none"
            )

    def check_named(self, labels: np.ndarray) -> None:
        names = self.class_names
        if names is not None and labels.max() >= len(names):
            raise ValueError(
                f"`class_names` of `{self.argument}` must name every label, "
                "or be None to compare labels by number. "
                f"Received: {len(names)} names and label {labels.max()}"
            )


def with_labels(labels: Any, argument: str) -> np.ndarray:
    """The labels that came for an argument, if each image has one."""
    if labels is None:
        raise ValueError(
            f"`{argument}` must have labels: pass (images, labels), or "
            "batches of it. Received: images alone"
        )
    return check_class_labels(labels, argument)


def check_rows(rows: Any) -> np.ndarray:
    rows = np.asarray(rows)
    if rows.ndim != 1 or rows.dtype.kind not in "iu" or not len(rows):
        raise ValueError(
            "`rows` must be integers, which images to learn from. "
            f"Received: shape {rows.shape}, dtype {rows.dtype}"
        )
    if rows.min() < 0 or len(np.unique(rows)) < len(rows):
        raise ValueError(
            "`rows` must be from 0, each of them once. "
            f"Received: {len(rows)} rows, {len(np.unique(rows))} different, "
            f"from {rows.min()}"
        )
    return rows


def class_names_of(data: Any, argument: str) -> list[str] | None:
    """The names of the labels of a data set, by label, or `None`."""
    names = getattr(data, "class_names", None)
    if names is None:
        return None
    is_list = isinstance(names, list | tuple | np.ndarray)
    if not is_list or not all(isinstance(name, str) for name in names):
        raise ValueError(
            f"`class_names` of `{argument}` must be a list of strings, the "
            f"name of each label. Received: {names}"
        )
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        raise ValueError(
            f"`class_names` of `{argument}` must differ: rename them, or set "
            "`class_names = None` to compare labels by number. "
            f"Received: more than one {twice}"
        )
    return list(names)


def match_classes(
    labels: np.ndarray,
    names: list[str] | None,
    test_labels: np.ndarray,
    test_names: list[str] | None,
) -> np.ndarray:
    """Brings the labels of `test` into the coding of those of `train`.

    By name where both sets have names, by number otherwise.

    Args:
        labels: int64 array, labels of `train`, without -1.
        names: List of strings, their names, or `None`.
        test_labels: int64 array, labels of `test`, without -1.
        test_names: List of strings, their names, or `None`.

    Returns:
        int64 array of the shape of `test_labels`.

    Raises:
        ValueError: If `train` has fewer than two classes, or `test` has one
            that `train` lacks.
    """
    classes = np.unique(labels)
    if len(classes) < 2:
        raise ValueError(
            "`train` must have images of at least 2 classes. "
            f"Received: labels {classes}"
        )
    known, found = classes.tolist(), np.unique(test_labels).tolist()
    if names is None or test_names is None:
        check_known(known, found)
        return test_labels
    check_known([names[i] for i in known], [test_names[i] for i in found])
    only_train = [name for name in names if name not in set(test_names)]
    only_test = [name for name in test_names if name not in set(names)]
    if only_train or only_test:
        warnings.warn(
            "The classes of `train` and `test` are compared by name. Only in "
            f"`train`: {some(only_train)}; only in `test`: {some(only_test)}",
            stacklevel=2,
        )
    codes = {name: code for code, name in enumerate(names)}
    return np.array([codes.get(name, -1) for name in test_names])[test_labels]


def check_known(known: list[Any], found: list[Any]) -> None:
    """Refuses classes of `test` that `train` lacks."""
    unknown = sorted(set(found) - set(known))
    if unknown:
        raise ValueError(
            "`test` must have no other classes than `train`, which cannot be "
            f"predicted. Received: {some(unknown)} in `test` alone, where "
            f"`train` has {some(known)}"
        )


def some(classes: list[Any]) -> str:
    """The first ten of some classes, and how many there are beyond."""
    if not classes:
        return "none"
    rest = len(classes) - 10
    return f"{classes[:10]}" + (f" and {rest} more" if rest > 0 else "")

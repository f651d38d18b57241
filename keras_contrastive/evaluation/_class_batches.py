"""The labeled images of a data set, and the names of their classes."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from keras_contrastive._check_class_labels import check_class_labels
from keras_contrastive.evaluation._labeled_batches import LabeledBatches
from keras_contrastive.evaluation._overlap import digest

BATCH_SIZE = 256


class ClassBatches(LabeledBatches):
    """Batches of the images that have a label.

    Args:
        data: See `LabeledBatches`. Its `class_names`, if it has any, are the
            names of its labels.
        argument: Name of the argument that the data came for.
        rows: Integers, which images to read, counted with those that have no
            label, or `None` for all.
        hashed: Boolean, whether to compute digests.

    After reading, `digests` holds those of the images and `num_unlabeled` is
    the number of those that were left out.
    """

    def __init__(
        self, data: Any, argument: str, rows: Any = None, hashed: bool = True
    ) -> None:
        super().__init__(data, BATCH_SIZE, argument)
        self.class_names = class_names_of(data, argument)
        self.rows = None if rows is None else check_rows(rows)
        self.hashed = hashed

    def __iter__(self) -> Iterator[tuple[np.ndarray, Any]]:
        self.digests: list[bytes] = []
        self.num_unlabeled = num_images = num_chosen = 0
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
                num_chosen += len(images)
                if self.hashed:
                    self.digests += map(digest, images)
                yield images, labels
        if self.rows is not None and self.rows.max() >= num_images:
            raise ValueError(
                f"`rows` must be from 0 to {num_images - 1}, the images of "
                f"`{self.argument}`. "
                f"Received: {self.rows.min()} to {self.rows.max()}"
            )
        if not num_chosen:
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
            "batches of it, which `labels=True` makes of the loaders in "
            "`keras_contrastive.data`. Received: images alone"
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

from typing import Any

import numpy as np

from keras_contrastive._check_class_labels import check_class_labels
from keras_contrastive._check_integer import check_integer


def label_subset(
    labels: Any,
    *,
    share: float | None = None,
    per_class: int | None = None,
    seed: int = 0,
) -> np.ndarray:
    """Chooses the same number of images of each class, e.g. 1 % or 10 %.

    The same labels and seed give the same images on every machine and
    backend; to hand a subset to others, save the result.

    Args:
        labels: Integers `(num_images,)`, the class of each image.
        share: Float in (0, 1], of all images. Each class gives
            `share * num_images / num_classes` of them, rounded, at least one.
        per_class: Integer from 1, images of each class, in place of `share`.
        seed: Integer from 0. Defaults to 0.

    Returns:
        int64 array, sorted rows of `labels`.

    Raises:
        ValueError: If not exactly one of `share` and `per_class` is given, one
            of them is out of its range, or a class has fewer images.

    Example:

    >>> train, test = keras.datasets.cifar10.load_data()
    >>> train, test = [(x, y[:, 0]) for x, y in (train, test)]
    >>> rows = kc.data.label_subset(train[1], share=0.01)
    >>> np.savetxt("cifar10_1pct.txt", rows, "%d")
    >>> report = kc.evaluation.fine_tune(encoder, train, test, rows=rows)

    Reference: Chen et al., 2020, https://arxiv.org/abs/2002.05709, section
        4.2 and appendix B.5.
    """
    labels = check_class_labels(labels, "labels")
    if (share is None) == (per_class is None):
        raise ValueError(
            "Give either `share` or `per_class`. "
            f"Received: share={share}, per_class={per_class}"
        )
    classes, codes, counts = np.unique(
        labels, return_inverse=True, return_counts=True
    )
    count: Any = per_class
    if share is not None:
        if not 0 < share <= 1:
            raise ValueError(
                "`share` must be above 0 and at most 1. "
                f"Received: share={share}"
            )
        count = max(1, round(share * len(labels) / len(classes)))
    check_integer("per_class", count, 1)
    check_integer("seed", seed, 0, 2**64 - 1)
    if counts.min() < count:
        rarest = counts.argmin()
        raise ValueError(
            f"Every class must have the {count} images that are asked "
            f"for. Received: {counts[rarest]} of class {classes[rarest]}; ask "
            f"for `per_class={counts[rarest]}`"
        )
    # Philox fixes its words by definition. Ties go to the earlier row.
    words = np.random.Philox(key=seed).random_raw(len(labels))
    order = np.lexsort((words, codes))
    firsts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    chosen = order[firsts[:, None] + np.arange(count)]
    return np.sort(chosen.ravel())

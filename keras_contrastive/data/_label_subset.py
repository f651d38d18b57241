from typing import Any

import numpy as np

from keras_contrastive._check_class_labels import check_class_labels
from keras_contrastive._check_integer import check_integer
from keras_contrastive._checked import checked
from keras_contrastive.data._draw_rows import draw_rows


@checked
def label_subset(
    labels: Any,
    *,
    share: float | None = None,
    per_class: int | None = None,
    seed: int = 0,
) -> np.ndarray:
    """Chooses images whose labels may be used, e.g. 1 % or 10 %.

    Images without a label, -1, are never chosen and do not count. The same
    labels and seed give the same images on every machine and backend; to hand
    a subset to others, save the result.

    Args:
        labels: Integers `(num_images,)`, the class of each image.
        share: Float in (0, 1], of the images of each class, rounded, at least
            one.
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
    if not (labels != -1).any():
        raise ValueError(
            "`labels` must have a class for one image at least. "
            "Received: -1, no label, for all"
        )
    check_integer("seed", seed, 0, 2**64 - 1)
    if (share is None) == (per_class is None):
        raise ValueError(
            "Give either `share` or `per_class`. "
            f"Received: share={share}, per_class={per_class}"
        )
    if share is not None:
        if not 0 < share <= 1:
            raise ValueError(
                "`share` must be above 0 and at most 1. "
                f"Received: share={share}"
            )
        return draw_rows(
            labels, lambda sizes: np.maximum(np.rint(share * sizes), 1), seed
        )
    check_integer("per_class", per_class, 1)
    classes, sizes = np.unique(labels[labels != -1], return_counts=True)
    if sizes.min() < per_class:
        rarest = sizes.argmin()
        raise ValueError(
            f"Every class must have the {per_class} images that are asked "
            f"for. Received: {sizes[rarest]} of class {classes[rarest]}; ask "
            f"for `per_class={sizes[rarest]}` or a `share`"
        )
    return draw_rows(labels, lambda sizes: np.full_like(sizes, per_class), seed)

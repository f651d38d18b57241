import numpy as np

from keras_contrastive._check_integer import check_integer


def label_subset(labels, share=None, *, per_class=None, seed=0):
    """Chooses as many images of each class: the 1 % or 10 % with labels.

    The same labels and seed give the same images on every machine and
    backend; to pin a subset for others, save the result.

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

    >>> (images, labels), test = keras.datasets.cifar10.load_data()
    >>> rows = kc.data.label_subset(labels[:, 0], 0.01)
    >>> np.savetxt("cifar10_1pct.txt", rows, "%d")
    >>> report = kc.evaluation.fine_tune(
    ...     encoder, (images, labels[:, 0]), test, rows=rows
    ... )

    Reference: Chen et al., 2020, https://arxiv.org/abs/2002.05709, section
        4.2 and appendix B.5.
    """
    labels = np.asarray(labels)
    if labels.ndim != 1 or labels.dtype.kind not in "iu" or not len(labels):
        raise ValueError(
            "`labels` must be one integer an image, shape (num_images,). "
            f"Received: shape {labels.shape}, dtype {labels.dtype}"
        )
    if (share is None) == (per_class is None):
        raise ValueError(
            "Give either `share` or `per_class`. "
            f"Received: share={share}, per_class={per_class}"
        )
    classes, codes, counts = np.unique(
        labels, return_inverse=True, return_counts=True
    )
    if share is not None:
        if not 0 < share <= 1:
            raise ValueError(
                "`share` must be above 0 and at most 1. "
                f"Received: share={share}"
            )
        per_class = max(1, round(share * len(labels) / len(classes)))
    check_integer("per_class", per_class, 1)
    check_integer("seed", seed, 0, 2**64 - 1)
    if counts.min() < per_class:
        rarest = counts.argmin()
        raise ValueError(
            f"Every class must have the {per_class} images that are asked "
            f"for. Received: {counts[rarest]} of class {classes[rarest]}; ask "
            f"for `per_class={counts[rarest]}`"
        )
    # Philox fixes its words by definition. Ties go to the earlier row.
    words = np.random.Philox(key=seed).random_raw(len(labels))
    order = np.lexsort((words, codes))
    firsts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    chosen = order[firsts[:, None] + np.arange(per_class)]
    return np.sort(chosen.ravel())

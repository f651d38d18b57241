from typing import Any

import numpy as np


def check_class_labels(labels: Any, argument: str) -> np.ndarray:
    """The labels that came for an argument, one integer for each image.

    The rule of the whole package: integers from 0 are classes, and -1 is an
    image without a label.

    Args:
        labels: Array or list, `(num_images,)` or `(num_images, 1)`.
        argument: Name of the argument.

    Returns:
        int64 array `(num_images,)`.

    Raises:
        ValueError: For anything else, with what to write instead.
    """
    labels = np.asarray(labels)
    cure = ""
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    elif labels.ndim == 2:
        cure = ". Of one-hot labels take `np.argmax(labels, axis=1)`"
    if labels.dtype == object and any(label is None for label in labels.flat):
        cure = ". Write -1 for None, an image without a label"
    elif labels.dtype.kind in "USO":
        cure = (
            ". Number the names: "
            "`names, labels = np.unique(labels, return_inverse=True)`"
        )
    elif labels.dtype.kind == "f" and not np.isfinite(labels).all():
        cure = ". Write -1 for NaN, an image without a label"
    elif labels.dtype.kind in "bf" and not cure:
        cure = '. Write `labels.astype("int32")`'
    if labels.ndim != 1 or labels.dtype.kind not in "iu" or not len(labels):
        raise ValueError(
            f"`{argument}` must have one integer label per image, shape "
            f"(num_images,){cure}. Received: labels of shape {labels.shape} "
            f"and dtype {labels.dtype}"
        )
    labels = labels.astype("int64")
    if labels.min() < -1:
        raise ValueError(
            f"`{argument}` must have labels from 0, or -1 for an image "
            f"without one. Received: {labels.min()}"
        )
    return labels

from typing import Any

import numpy as np
from keras import tree

from keras_contrastive._check_class_labels import check_class_labels
from keras_contrastive._check_images import check_images
from keras_contrastive._checked import checked
from keras_contrastive.data.batches import Batches


@checked
def from_arrays(
    images: Any,
    labels: Any = None,
    *,
    batch_size: int,
    shuffle: bool | None = None,
    seed: int = 0,
    drop_remainder: bool | None = None,
    index: bool = False,
) -> Batches:
    """Makes batches of images that are in memory.

    Args:
        images: Array `(num_images, height, width, channels)`, `uint8` in
            0..255 or float in 0..1.
        labels: Array with one row per image, or a dictionary of such arrays.
            Classes are integers `(num_images,)` or `(num_images, 1)`, from 0,
            or -1 for an image without a label. Defaults to `None`, no labels.
        batch_size: Integer of at least 1, see `Batches`.
        shuffle: Boolean, whether to draw a new order for every epoch. Defaults
            to `True` without labels and `False` with labels.
        seed: Integer from 0, seed of the order. Defaults to 0.
        drop_remainder: Boolean, whether to leave out the last images of an
            epoch if they do not fill a batch. Defaults to `shuffle`.
        index: Boolean, whether to hand out where each image stands in
            `images`. Defaults to `False`.

    Returns:
        `Batches`.

    Raises:
        ValueError: If the images have another shape, dtype or range, or
            another number than the labels.

    Example:

    >>> (images, labels), _ = keras.datasets.cifar10.load_data()
    >>> train = kc.data.from_arrays(images, batch_size=256)
    >>> model.fit(train, epochs=100)
    """
    return Batches(
        Arrays(images, labels),
        batch_size,
        shuffle=shuffle,
        seed=seed,
        drop_remainder=drop_remainder,
        labels=labels is not None,
        index=index,
    )


class Arrays:
    """Source of images, and labels if any, that are in memory."""

    def __init__(
        self, images: Any, labels: Any = None, *, name: str = "arrays"
    ) -> None:
        self.images = np.asarray(images)
        check_images(self.images)
        if labels is not None and not isinstance(labels, dict):
            labels = np.asarray(labels)
            if labels.dtype.kind in "USO":
                check_class_labels(labels, "labels")
            if labels.dtype.kind in "iu" and labels.shape[1:] == (1,):
                labels = labels[:, 0]
        self.labels = labels
        self.name = name
        for array in [] if labels is None else tree.flatten(labels):
            if np.ndim(array) < 1 or len(array) != len(self.images):
                raise ValueError(
                    "`labels` must have one row for each of the "
                    f"{len(self.images)} images. "
                    f"Received: labels of shape {np.shape(array)}"
                )

    def __len__(self) -> int:
        return len(self.images)

    def __repr__(self) -> str:
        shape, dtype = self.images.shape[1:], self.images.dtype
        return f"{self.name}, images {shape} {dtype}"

    def read(self, indices: np.ndarray) -> tuple[np.ndarray, Any]:
        labels = self.labels
        if labels is not None:
            labels = tree.map_structure(lambda rows: rows[indices], labels)
        return self.images[indices], labels

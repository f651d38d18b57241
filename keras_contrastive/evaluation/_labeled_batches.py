from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from keras_contrastive._check_images import (
    check_image_type,
    check_images,
    warn_if_flat,
)


class LabeledBatches:
    """Reads `(images, labels)` NumPy batches from any kind of data.

    Args:
        data: Tuple of arrays `(images, labels)`, or an iterable of such
            batches: `Batches`, `tf.data.Dataset`, `PyDataset`, list, ...
            Labels may be missing.
        batch_size: Integer, images per batch. Only arrays are cut by it.
        argument: Name of the argument that the data came for.

    Yields:
        Tuple of images `(batch, height, width, channels)`, `uint8` in 0..255
        or float in 0..1, and labels, or `None` where there are none.

    While it is read, `num_rows` is the size of the largest batch so far.
    """

    def __init__(self, data: Any, batch_size: int, argument: str) -> None:
        if isinstance(data, tuple) and len(data) == 2:
            data = cut(*data, batch_size, argument)
        elif (
            isinstance(data, tuple)
            or not hasattr(data, "__iter__")
            or hasattr(data, "shape")
        ):
            count = f" of {len(data)}" if isinstance(data, tuple) else ""
            raise ValueError(
                f"`{argument}` must be a tuple of arrays (images, labels), or "
                "an iterable of such batches: a data set of `kc.data`, a "
                "`tf.data.Dataset`, ... "
                f"Received: {type(data).__name__}{count}"
            )
        if is_endless(data):
            raise ValueError(
                f"`{argument}` must end: leave out `repeat()`. "
                "Received: a dataset of infinite length"
            )
        self.data, self.argument = data, argument
        self.num_rows = 0

    def __iter__(self) -> Iterator[tuple[np.ndarray, Any]]:
        self.num_rows = 0
        for batch in self.data:
            images, labels, _ = keras.utils.unpack_x_y_sample_weight(batch)
            if isinstance(images, dict):  # with the index of each image
                images = images["images"]
            images = np.asarray(images)
            check_images(images, f"`images` of `{self.argument}`")
            if not self.num_rows:
                warn_if_flat(images, self.argument)
            if isinstance(labels, dict):
                raise ValueError(
                    f"The labels of `{self.argument}` must be one array, a "
                    "label for each image. "
                    f"Received: a dictionary of {sorted(labels)}"
                )
            self.num_rows = max(self.num_rows, len(images))
            yield images, None if labels is None else np.asarray(labels)
        if not self.num_rows:
            raise ValueError(
                f"`{self.argument}` must hold at least one image. Received: "
                "none, perhaps from a generator that was used up"
            )

    def num_batches(self) -> int | None:
        """Returns the number of batches, or `None` where it is unknown."""
        try:
            return len(self.data)
        except TypeError:
            return None


def cut(images: Any, labels: Any, batch_size: int, argument: str) -> list[Any]:
    """Cuts arrays into a list of batches, without copying them."""
    images = np.asarray(images)
    check_image_type(images, f"`images` of `{argument}`")
    starts = range(0, len(images), batch_size)
    if labels is None:
        return [images[i : i + batch_size] for i in starts]
    labels = np.asarray(labels)
    if labels.shape[:1] != images.shape[:1]:
        raise ValueError(
            f"`{argument}` must have one label for each image. "
            f"Received: {len(images)} images and labels of shape {labels.shape}"
        )
    return [
        (images[i : i + batch_size], labels[i : i + batch_size]) for i in starts
    ]


def is_endless(data: Any) -> bool:
    # -1 is TensorFlow's number for an infinite dataset.
    if hasattr(data, "cardinality"):
        return int(data.cardinality()) == -1
    return isinstance(data, keras.utils.PyDataset) and data.num_batches is None

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_contrastive._check_encoder import as_taken, check_pixels
from keras_contrastive._check_input import check_input
from keras_contrastive._check_integer import check_integer
from keras_contrastive._checked import checked
from keras_contrastive.evaluation._ahead import ahead
from keras_contrastive.evaluation._labeled_batches import LabeledBatches
from keras_contrastive.evaluation._patient_progbar import PatientProgbar
from keras_contrastive.evaluation._start import start
from keras_contrastive.ops import unit_range


@checked
def extract_features(
    encoder: keras.Model | None,
    data: Any,
    *,
    batch_size: int = 256,
    verbose: bool = True,
) -> tuple[np.ndarray, np.ndarray | None]:
    """Computes the features of all images, in inference mode.

    Compiled by Keras on the backends that compile, and for one batch shape
    only: a smaller last batch is padded with black images.

    Args:
        encoder: `keras.Model`, float images in 0..1 to features
            `(batch, dim)`, or one that `kc.export.export_encoder` wrote, of
            `uint8`; `None` for the pixels themselves, in 0..1.
        data: Tuple of arrays `(images, labels)`, or an iterable of such
            batches: a data set of `kc.data`, `tf.data.Dataset`, `PyDataset`,
            ... Images `(batch, height, width, channels)`, `uint8` in 0..255
            or float in 0..1. Labels may be left out, or `None` in a tuple.
        batch_size: Integer, images per batch where `data` is a tuple of
            arrays. Defaults to 256.
        verbose: Boolean, whether to show a progress bar if it takes more
            than 3 seconds. Defaults to `True`.

    Returns:
        Tuple of NumPy arrays: features, float32 `(num_images, dim)`, and
        labels in the same order, or `None` where there are none.

    Raises:
        ValueError: If the encoder gives anything but finite `(batch, dim)`, or
            the images have another shape, type or range.

    Example:

    >>> images = np.zeros((1000, 32, 32, 3), "uint8")
    >>> labels = np.zeros(1000, "int32")
    >>> features, labels = extract_features(model.encoder, (images, labels))
    >>> features.shape
    (1000, 512)
    """
    check_encoder(encoder)
    check_integer("batch_size", batch_size, 1)
    return read(encoder, LabeledBatches(data, batch_size, "data"), verbose)


def check_encoder(encoder: Any) -> None:
    if encoder is not None and not isinstance(encoder, keras.Model):
        raise ValueError(
            "`encoder` must be a `keras.Model`, or None for raw pixels. "
            f"Received: {type(encoder).__name__}"
        )


def read(
    encoder: keras.Model | None, batches: LabeledBatches, verbose: bool
) -> tuple[np.ndarray, np.ndarray | None]:
    """Features of all images, and their labels if all have labels."""
    progress = PatientProgbar(batches.num_batches()) if verbose else None
    labels: list[Any] = []

    def started() -> Iterator[tuple[Any, int]]:
        for step, (images, batch_labels) in enumerate(batches, start=1):
            yield start_batch(encoder, images, batches.num_rows), len(images)
            if step == 1 and encoder is not None:
                check_pixels(encoder)
            labels.append(batch_labels)
            if progress:
                progress.update(step)

    features = np.concatenate([fetch(*batch) for batch in ahead(started())])
    missing = any(batch_labels is None for batch_labels in labels)
    return features, None if missing else np.concatenate(labels)


def encode(
    encoder: keras.Model | None, images: Any, num_rows: int
) -> np.ndarray:
    """Features of one batch, which is padded to `num_rows` images."""
    return fetch(start_batch(encoder, images, num_rows), len(images))


def start_batch(encoder: keras.Model | None, images: Any, num_rows: int) -> Any:
    """Features that may still be computed, perhaps with rows too many."""
    if encoder is None:
        return ops.reshape(unit_range(images), (len(images), -1))
    # Once traced for images of two sizes, Keras takes any.
    check_input(encoder, tuple(images.shape[1:]), "images")
    missing = num_rows - len(images)
    if missing:
        images = ops.pad(images, [(0, missing)] + 3 * [(0, 0)])
    features = start(encoder, as_taken(encoder, images))
    shape = getattr(features, "shape", None)
    if shape is not None and len(shape) == 4:
        raise ValueError(
            "`encoder` must give one vector for each image: end it with "
            "`keras.layers.GlobalAveragePooling2D()`. "
            f"Received: features of shape {tuple(shape)}"
        )
    if shape is None or len(shape) != 2:
        received = type(features).__name__ if shape is None else tuple(shape)
        raise ValueError(
            "`encoder` must give features of shape (batch, dim); of a "
            f"pretraining model, pass `model.encoder`. Received: {received}"
        )
    return features


def fetch(features: Any, count: int) -> np.ndarray:
    """Waits for the features of a batch of so many images."""
    # Under a multi-device strategy each replica has encoded the whole batch,
    # and their rows follow one another.
    features = ops.convert_to_numpy(features)[:count].astype("float32")
    if not np.isfinite(features).all():
        raise ValueError(
            "`encoder` must give finite features; perhaps its training has "
            "diverged. Received: NaN or infinity"
        )
    return features

from typing import Any

import keras
import numpy as np

from keras_contrastive._check_class_labels import check_class_labels
from keras_contrastive._check_encoder import as_taken, check_pixels
from keras_contrastive._check_input import check_input
from keras_contrastive._check_integer import check_integer
from keras_contrastive.evaluation._labeled_batches import LabeledBatches
from keras_contrastive.evaluation._patient_progbar import PatientProgbar
from keras_contrastive.ops import unit_range

Labeled = tuple[np.ndarray, np.ndarray]


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
    return read(encoder, data, "data", batch_size, verbose)[:2]


def read(
    encoder: keras.Model | None,
    data: Any,
    argument: str,
    batch_size: int = 256,
    verbose: bool = True,
) -> tuple[np.ndarray, np.ndarray | None, list[int]]:
    """`extract_features` of what came for an argument, and its digests."""
    if encoder is not None and not isinstance(encoder, keras.Model):
        raise ValueError(
            "`encoder` must be a `keras.Model`, or None for raw pixels. "
            f"Received: {type(encoder).__name__}"
        )
    check_integer("batch_size", batch_size, 1)
    batches = LabeledBatches(data, batch_size, argument)
    progress = PatientProgbar(batches.num_batches()) if verbose else None
    features: list[np.ndarray] = []
    labels: list[Any] = []
    num_rows = 0
    for step, (images, batch_labels) in enumerate(batches, start=1):
        num_rows = max(num_rows, len(images))
        features.append(encode(encoder, images, num_rows))
        if step == 1 and encoder is not None:
            check_pixels(encoder)
        labels.append(batch_labels)
        if progress:
            progress.update(step)
    if not features:
        raise ValueError(
            f"`{argument}` must hold at least one image. Received: none, "
            "perhaps from a generator that was used up"
        )
    missing = any(batch_labels is None for batch_labels in labels)
    return (
        np.concatenate(features),
        None if missing else np.concatenate(labels),
        batches.digests,
    )


def encode(
    encoder: keras.Model | None, images: np.ndarray, num_rows: int
) -> np.ndarray:
    """Features of one batch, which is padded to `num_rows` images."""
    if encoder is None:
        pixels = keras.ops.convert_to_numpy(unit_range(images))
        return pixels.reshape(len(images), -1)
    # Once traced for images of two sizes, Keras takes any.
    check_input(encoder, images.shape[1:], "images")
    missing = num_rows - len(images)
    padded = np.pad(images, [(0, missing)] + [(0, 0)] * (images.ndim - 1))
    features = encoder.predict_on_batch(as_taken(encoder, padded))
    if getattr(features, "ndim", None) == 4:
        raise ValueError(
            "`encoder` must give one vector for each image: end it with "
            "`keras.layers.GlobalAveragePooling2D()`. "
            f"Received: features of shape {features.shape}"
        )
    if getattr(features, "ndim", None) != 2:
        raise ValueError(
            "`encoder` must give features of shape (batch, dim); of a "
            "pretraining model, pass `model.encoder`. Received: "
            f"{getattr(features, 'shape', type(features).__name__)}"
        )
    # Under a multi-device strategy each replica has encoded the whole batch,
    # and their rows follow one another.
    features = features[: len(images)].astype("float32")
    if not np.isfinite(features).all():
        raise ValueError(
            "`encoder` must give finite features; perhaps its training has "
            "diverged. Received: NaN or infinity"
        )
    return features


def extract_pair(
    encoder: keras.Model | None, train: Any, test: Any, verbose: bool = True
) -> tuple[Labeled, Labeled]:
    """Features of a training and a test set, which must have class labels.

    Args:
        encoder: See `extract_features`.
        train: Data to learn from, see `extract_features`.
        test: Data to test on, other images.
        verbose: See `extract_features`.

    Returns:
        Two tuples of features `(num_images, dim)` and labels `(num_images,)`.

    Raises:
        ValueError: If labels are missing, or if more than a twentieth of the
            images of one set are in the other. Popular data sets have a few
            images in both.
    """
    features, labels, digests = read(encoder, train, "train", verbose=verbose)
    labels = with_labels(labels, "train")
    others, other_labels, other_digests = read(
        encoder, test, "test", verbose=verbose
    )
    other_labels = with_labels(other_labels, "test")
    if features.shape[1] != others.shape[1]:  # only of raw pixels
        raise ValueError(
            "`test` must have images of the shape of `train`. "
            f"Received: {others.shape[1]} and {features.shape[1]} values"
        )
    check_disjoint(digests, other_digests)
    return (features, labels), (others, other_labels)


def check_disjoint(train: Any, test: Any) -> None:
    """Compares the digests of two sets of images."""
    # Both ways: a few images to learn from are a small share of a test set.
    for these, those, name, other in (
        (test, train, "test", "train"),
        (train, test, "train", "test"),
    ):
        known = set(those)
        shared = sum(digest in known for digest in these)
        if shared > 0.05 * len(these):
            raise ValueError(
                "`test` must hold other images than `train`: split them, for "
                'example by `"train[:80%]"` and `"train[80%:]"`. '
                f"Received: {shared} of {len(these)} images of `{name}` are "
                f"in `{other}`"
            )


def check_classes(train: Any, test: Any) -> None:
    """Compares the labels of two sets."""
    classes = np.unique(train)
    if len(classes) < 2:
        raise ValueError(
            "`train` must have images of at least 2 classes. "
            f"Received: labels {classes}"
        )
    unknown = np.setdiff1d(test, classes)
    if len(unknown):
        raise ValueError(
            "`test` must have no other classes than `train`, which cannot be "
            f"predicted. Received: {len(unknown)} others, such as {unknown[0]}"
        )


def with_labels(labels: np.ndarray | None, argument: str) -> np.ndarray:
    """The labels that came for an argument, if each image has one."""
    if labels is None:
        raise ValueError(
            f"`{argument}` must have labels: pass (images, labels), or "
            "batches of it. Received: images alone"
        )
    check_class_labels(labels, argument)
    return labels

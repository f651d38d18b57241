import keras
import numpy as np

from keras_contrastive.evaluation.labelled_batches import LabelledBatches
from keras_contrastive.evaluation.patient_progbar import PatientProgbar
from keras_contrastive.ops import unit_range


def extract_features(encoder, data, batch_size=256, verbose=True):
    """Computes the features of all images, in inference mode.

    Compiled by Keras on the backends that compile, and for one batch shape
    only: a smaller last batch is padded with black images.

    Args:
        encoder: `keras.Model`, float images in 0..1 to features
            `(batch, dim)`; `None` for the pixels themselves, in 0..1.
        data: Tuple of arrays `(images, labels)`, or an iterable of such
            batches: a data set of `kc.data`, `tf.data.Dataset`, `PyDataset`,
            ... Images `(batch, height, width, channels)`, `uint8` in 0..255
            or float in 0..1. Labels may be left out, or `None` in a tuple.
        batch_size: Integer, images a batch where `data` is a tuple of arrays.
            Defaults to 256.
        verbose: Boolean, whether to show a progress bar if it takes more
            than 3 seconds. Defaults to `True`.

    Returns:
        Tuple of NumPy arrays: features, float32 `(num_images, dim)`, and
        labels in the same order, or `None` where there are none.

    Raises:
        ValueError: If the encoder gives anything but `(batch, dim)`, or the
            images have another shape, type or range.

    Example:

    >>> images = np.zeros((1000, 32, 32, 3), "uint8")
    >>> labels = np.zeros(1000, "int32")
    >>> features, labels = extract_features(model.encoder, (images, labels))
    >>> features.shape
    (1000, 512)
    """
    if encoder is not None and not isinstance(encoder, keras.Model):
        raise ValueError(
            "`encoder` must be a `keras.Model`, or None for raw pixels. "
            f"Received: {type(encoder).__name__}"
        )
    if batch_size < 1:
        raise ValueError(
            "`batch_size` must be a positive integer. "
            f"Received: batch_size={batch_size}"
        )
    batches = LabelledBatches(data, batch_size)
    progress = PatientProgbar(batches.num_batches()) if verbose else None
    features, labels = [], []
    num_rows = 0
    for step, (images, batch_labels) in enumerate(batches, start=1):
        num_rows = max(num_rows, len(images))
        features.append(encode(encoder, images, num_rows))
        labels.append(batch_labels)
        if progress:
            progress.update(step)
    if not features:
        raise ValueError(
            "`data` must hold at least one image. Received: an iterable "
            "without batches, perhaps a generator that was used up"
        )
    if any(batch_labels is None for batch_labels in labels):
        return np.concatenate(features), None
    return np.concatenate(features), np.concatenate(labels)


def encode(encoder, images, num_rows):
    """Features of one batch, which is padded to `num_rows` images."""
    if encoder is None:
        pixels = keras.ops.convert_to_numpy(unit_range(images))
        return pixels.reshape(len(images), -1)
    missing = num_rows - len(images)
    padded = np.pad(images, [(0, missing)] + [(0, 0)] * (images.ndim - 1))
    features = encoder.predict_on_batch(unit_range(padded))
    if getattr(features, "ndim", None) == 4:
        raise ValueError(
            "`encoder` must give one vector an image: end it with "
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
    return features[: len(images)].astype("float32")


def extract_labelled(encoder, data, argument, **kwargs):
    """`extract_features`, for data that must have a class for each image.

    Args:
        encoder: See `extract_features`.
        data: See `extract_features`.
        argument: String, what the caller's user calls `data`.
        **kwargs: See `extract_features`.

    Returns:
        Tuple of features `(num_images, dim)` and labels `(num_images,)`.
    """
    features, labels = extract_features(encoder, data, **kwargs)
    check_labels(labels, argument)
    return features, labels


def check_labels(labels, argument):
    if labels is None:
        raise ValueError(
            f"`{argument}` must have labels: pass (images, labels), or "
            "batches of it. Received: images alone"
        )
    if labels.ndim != 1 or labels.dtype.kind not in "iu":
        raise ValueError(
            f"`{argument}` must have one integer label an image, shape "
            "(num_images,). Received: labels of shape "
            f"{labels.shape} and dtype {labels.dtype}"
        )

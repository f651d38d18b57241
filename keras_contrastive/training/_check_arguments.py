"""What can be known to be wrong with the arguments of `fit` and `evaluate`."""

import math

import keras
import numpy as np

from keras_contrastive._processes import num_processes
from keras_contrastive.data import Batches
from keras_contrastive.training._batch_sizes import sizes_of
from keras_contrastive.training._first_element import (
    arrays_of,
)


def check_arguments(
    x, y, sample_weight=None, class_weight=None, validation_split=0.0
):
    """Refuses what Keras would leave out of account, or take wrongly."""
    arrays = arrays_of(x)
    if not 0 <= validation_split < 1:
        raise ValueError(
            "`validation_split` is the share of images that is held out, at "
            f"least 0 and below 1. Received: {validation_split}"
        )
    if validation_split and not arrays:
        raise ValueError(
            "`validation_split` needs arrays; hold images of a data set out "
            "by `validation_data=another_data_set`. "
            f"Received: x of type {type(x).__name__}"
        )
    for name, value in (("y", y), ("sample_weight", sample_weight)):
        if value is not None and not arrays:
            raise ValueError(
                f"`{name}` must be left out with a data set, whose elements "
                "are tuples: `(images, labels)` or `(images, labels, "
                "sample_weights)`. "
                f"Received: {name}, and x of type {type(x).__name__}"
            )
    if class_weight is not None and (
        isinstance(x, Batches) or (arrays and y is None)
    ):
        raise ValueError(
            "`class_weight` weighs images by their labels: pass arrays, "
            "`fit(images, labels, class_weight=...)`, or leave it out. "
            f"Received: class_weight, y=None and x of type {type(x).__name__}"
        )
    if sample_weight is not None:
        check_sample_weight(sample_weight, len(arrays[0]))


def check_sample_weight(weights, count):
    shape = np.shape(weights)
    if shape != (count,):
        raise ValueError(
            "`sample_weight` must have one number for each image, shape "
            f"({count},). Received: sample_weight of shape {shape}"
        )


def check_index(model, x):
    """Refuses numbers of images for which a memory has no row."""
    rows = getattr(model, "num_images", None)
    if rows is None:
        return
    if isinstance(x, Batches):
        low, high = 0, x.num_images - 1
    elif isinstance(x, dict) and hasattr(x.get("index"), "shape"):
        index = np.asarray(x["index"])
        low, high = index.min(), index.max()
    else:
        return
    if not 0 <= low <= high < rows:
        raise ValueError(
            "`num_images` must be the number of images of the data set, and "
            "`index` count them from 0. "
            f"Received: num_images={rows}, index from {low} to {high}"
        )


def as_split(x, validation_split):
    """Arrays to train on and those held out, as Keras will split them."""
    if not validation_split:
        return x, None
    first = math.floor(len(arrays_of(x)[0]) * (1 - validation_split))
    return (
        keras.tree.map_structure(lambda array: array[:first], x),
        keras.tree.map_structure(lambda array: array[first:], x),
    )


def check_batch_size(x, batch_size, devices=1, batch=None):
    """Refuses a batch of one image, or one that devices cannot share evenly.

    Args:
        x: What `fit` got.
        batch_size: Argument of `fit`.
        devices: Integer, how many share each batch.
        batch: First batch of x, or None if it is not known.
    """
    if not isinstance(x, Batches):
        # What this process feeds, to its own devices.
        devices = max(1, devices // num_processes())
    sizes = sizes_of(x, batch_size, batch)
    if sizes is None:
        return
    count, batch_size, rest = sizes.images, sizes.batch, sizes.rest
    received = f"Received: {count} images, batch_size={batch_size}"
    if batch_size % devices:
        above = batch_size + -batch_size % devices
        below = above - devices
        nearest = f"{below} or {above}" if below else f"{above}"
        raise ValueError(
            f"`batch_size` must be a multiple of {devices}, the number of "
            f"devices that share a batch, such as {nearest}. {received}"
        )
    if batch_size == 1 or rest == 1:
        raise ValueError(
            "`batch_size` leaves a last batch of one image, with no other to "
            "compare it with: drop that image or choose another `batch_size`. "
            f"{received}"
        )
    if rest % devices:
        raise ValueError(
            f"`batch_size` leaves a last batch of {rest} images, which "
            f"{devices} devices cannot share evenly: drop {rest % devices} of "
            "them, choose another `batch_size`, or use "
            "`keras_contrastive.data.from_arrays`, which leaves them out. "
            f"{received}"
        )
    if count < batch_size and not rest:
        raise ValueError(
            f"`x` must hold at least {devices} images, one for each device "
            f"that shares a batch. {received}"
        )

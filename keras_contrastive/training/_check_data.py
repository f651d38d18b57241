"""What can be known to be wrong with data before a model is traced.

Said here, in plain words: Keras wraps what is raised while tracing.
"""

import math

import keras
import numpy as np

from keras_contrastive._check_class_labels import check_class_labels
from keras_contrastive._check_images import check_images
from keras_contrastive.data import Batches
from keras_contrastive.training._check_parts import check_labels_for
from keras_contrastive.views import multi_view
from keras_contrastive.views._check_views import check_views


def check_data(model, x):
    """Looks at the first batch, where that consumes nothing."""
    batch = first_batch(x)
    if batch is None:
        return
    check_keys(model, batch)
    if isinstance(batch, dict):
        batch = batch["images"]
    if isinstance(model.views, multi_view.MultiView) and isinstance(
        batch, list | tuple
    ):
        raise ValueError(
            "`x` must be one array of images; labels are a second argument, "
            "`fit(images, labels)`, and ready views go to a model with "
            f"`views=None`. Received: {type(batch).__name__} of {len(batch)}"
        )
    if model.views is None:
        check_views(batch, "x", model.view_ranks)
    for images in keras.tree.flatten(batch):
        images = np.asarray(images)
        if model.views is None:
            check_ready_view(images)
        else:
            check_images(images)
        if len(images) < 2:
            raise ValueError(
                "`x` must hold at least 2 images a batch: one alone has none "
                f"to be compared with. Received: shape {images.shape}"
            )
    if isinstance(model.views, multi_view.MultiView):
        model.views.check(batch)


def check_ready_view(view):
    # Normalized views leave 0..1, but none comes near 0..255.
    if "float" not in view.dtype.name or not np.abs(view).max() <= 20:
        raise ValueError(
            "Ready views in `x` must be float, in 0..1 or normalized. "
            f"Received: {view.dtype} from {view.min()} to {view.max()}"
        )


def check_missing_labels(model, x, y):
    """Refuses data that is known to lack the labels which the method needs.

    On JAX, Keras loses all weights where the first step fails.
    """
    if arrays_of(x) or (isinstance(x, Batches) and not x.labels):
        check_labels_for(model, y)
    elif model.needs_labels:
        y = first_labels(x)
    if not model.needs_labels or y is None:
        return
    labels = check_class_labels(y, "y")
    num_classes = getattr(model, "num_classes", None)
    if num_classes is not None and labels.max() >= num_classes:
        raise ValueError(
            f"`y` must have labels below {num_classes}, the number of classes "
            f"of `classifiers`. Received: label {labels.max()}"
        )


def check_keys(model, x):
    """Refuses x without the images, or without their numbers."""
    if isinstance(x, dict) and "images" not in x:
        raise ValueError(
            '`x` must be images or `{"images": images, ...}`; of a '
            '`tf.data.Dataset` take the images by `map(lambda x: x["image"])`. '
            f"Received: a dictionary of {sorted(x)}"
        )
    if model.needs_index and (not isinstance(x, dict) or "index" not in x):
        found = f"type {type(x).__name__}"
        if isinstance(x, dict):
            found = f"keys {sorted(x)}"
        raise ValueError(
            f"`{type(model).__name__}` remembers images by number: "
            'pass x={"images": ..., "index": ...}, e.g. from '
            "`keras_contrastive.data.load(..., index=True)`. "
            f"Received: x of {found}"
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


def check_batch_size(x, batch_size, validation_split=0.0):
    """Refuses a batch of one image, where the number of images is known."""
    if isinstance(x, Batches):
        count, batch_size = x.num_images, x.batch_size
        if x.drop_remainder:
            count -= count % batch_size
    elif arrays := arrays_of(x):
        count = math.floor(len(arrays[0]) * (1 - validation_split))
        batch_size = batch_size or 32  # as in Keras
    else:
        return
    if batch_size == 1 or count % batch_size == 1:
        raise ValueError(
            "`batch_size` leaves a last batch of one image, with no other to "
            "compare it with: drop that image or choose another `batch_size`. "
            f"Received: {count} images, batch_size={batch_size}"
        )


def first_batch(x):
    """First batch of x as it reaches `call`, or None if looking costs it."""
    if arrays_of(x):
        return keras.tree.map_structure(lambda array: array[:256], x)
    return without_labels(first_element(x))


def first_labels(x):
    """Labels of the first batch of a data set, or None if looking costs it."""
    element = first_element(x)
    return element[1] if isinstance(element, tuple) and element[1:] else None


def first_element(x):
    """What a data set yields first, or None if looking costs it."""
    if isinstance(x, Batches):
        return next(iter(x))
    if isinstance(x, keras.utils.PyDataset):
        return x[0]
    if type(x).__module__.startswith("tensorflow.") and hasattr(x, "take"):
        batch = next(iter(x.take(1)), None)
        if batch is None:
            raise ValueError(
                "`x` must hold at least one batch. Received: an empty data set"
            )
        return batch
    return None


def arrays_of(x):
    """The arrays in x, or an empty list if it is a data set."""
    parts = keras.tree.flatten(x)
    return parts if all(hasattr(part, "shape") for part in parts) else []


def without_labels(batch):
    return batch[0] if isinstance(batch, tuple) else batch

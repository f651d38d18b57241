"""What can be known to be wrong with data before a model is traced.

Said here, in plain words: Keras wraps what is raised while tracing.
"""

import keras
import numpy as np
from keras import ops
from keras.utils import unpack_x_y_sample_weight

from keras_contrastive._check_class_labels import check_class_labels
from keras_contrastive._check_images import check_images
from keras_contrastive.training._check_arguments import check_sample_weight
from keras_contrastive.training._check_parts import check_labels_for
from keras_contrastive.training._first_element import (
    arrays_of,
    with_first_element,
)
from keras_contrastive.views import multi_view
from keras_contrastive.views._check_views import check_views


def check_data(model, x, y=None):
    """Looks at the first element, where that costs nothing.

    Args:
        model: `ContrastiveModel`.
        x: What `fit` got.
        y: Labels that came beside it, if any.

    Returns:
        The data to use in place of `x`; and its first batch, without labels,
        or None if it is not known.
    """
    data, element = with_first_element(x)
    if element is None:
        return data, None
    batch, labels, weights = unpack_x_y_sample_weight(element)
    check_labels(model, y if labels is None else labels)
    check_batch(model, batch, comes_alone=bool(arrays_of(x)))
    if weights is not None:
        check_sample_weight(weights, len(keras.tree.flatten(batch)[0]))
    return data, batch


def check_batch(model, batch, comes_alone=True):
    """Refuses a batch that the model cannot train on.

    Args:
        model: `ContrastiveModel`.
        batch: Images, a dictionary with images or ready views.
        comes_alone: Boolean, whether it is arrays that the user passed, or an
            element of a data set.
    """
    check_keys(model, batch)
    if isinstance(batch, dict):
        batch = batch["images"]
    if isinstance(model.views, multi_view.MultiView) and isinstance(
        batch, list | tuple
    ):
        cure = (
            "be one array of images: stack a list by `np.stack(images)`; "
            "labels are a second argument, `fit(images, labels)`"
            if comes_alone
            else "yield one array of images, alone or in a tuple with labels, "
            "`(images, labels)`"
        )
        raise ValueError(
            f"`x` must {cure}; ready views go to a model with `views=None`. "
            f"Received: {type(batch).__name__} of {len(batch)}"
        )
    if model.views is None:
        check_views(batch, "x", model.view_ranks)
    for images in keras.tree.flatten(batch):
        images = ops.convert_to_numpy(images)
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


def check_labels(model, labels):
    """Refuses labels from which a method that needs them cannot learn.

    On JAX, Keras loses all weights where the first step fails.
    """
    check_labels_for(model, labels)
    if not model.needs_labels:
        return
    labels = check_class_labels(labels, "y")
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

"""What can be known to be wrong before, or while, a model is traced."""

import math

import keras
import numpy as np

from keras_contrastive.data import Batches
from keras_contrastive.data.arrays import check_images
from keras_contrastive.ops import num_replicas
from keras_contrastive.views import multi_view
from keras_contrastive.views.transform import Transform

SHAPES = {
    4: "(batch, height, width, channels)",
    5: "(batch, pieces, height, width, channels)",
    6: "(batch, rows, columns, height, width, channels)",
}


def check_layer(layer, argument, meaning):
    if not isinstance(layer, keras.layers.Layer):
        raise ValueError(
            f"`{argument}` must be a Keras model or layer, {meaning}. "
            f"Received: {argument} of type {type(layer).__name__}"
        )


def check_encoder(encoder, argument="encoder"):
    check_layer(encoder, argument, "images to features")
    # Only models with a graph know their shape before they are called.
    shape = getattr(encoder, "output_shape", None)
    if isinstance(shape, tuple):
        check_features(shape)


def check_second_encoder(second_encoder, encoder):
    check_encoder(second_encoder, "second_encoder")
    if second_encoder is encoder:
        raise ValueError(
            "`second_encoder` must be another model than `encoder`: it sees "
            "other channels. Received: the same model for both"
        )


def check_views_layer(views):
    if isinstance(views, multi_view.MultiView | None):
        return
    check_layer(
        views,
        "views",
        "such as `keras_contrastive.views.simclr(image_size=32)`, or None for "
        "ready views",
    )
    if isinstance(views, Transform):
        raise ValueError(
            "`views` must be a layer that makes all views, such as "
            "`keras_contrastive.views.MultiView([pipeline, pipeline])`. "
            f"Received: views of type {type(views).__name__}"
        )


def check_features(shape):
    if len(shape) != 2:
        raise ValueError(
            "`encoder` must return features (batch, features); end it with "
            "`keras.layers.GlobalAveragePooling2D()` or another pooling. "
            f"Received: output shape {tuple(shape)}"
        )


def check_equal_widths(projection, pieces):
    if projection.shape[-1] != pieces.shape[-1]:
        raise ValueError(
            "`projector` and `jigsaw_head` must make projections of one width. "
            f"Received: {projection.shape[-1]} and {pieces.shape[-1]}"
        )


def check_views(views, argument, ranks):
    """Refuses what `embed` cannot take; it came from `argument`.

    Returns the views as a list: one alone may come without a list.
    """
    if not isinstance(views, (list, tuple)):
        views = [views]
    found = [tuple(view.shape) for view in views]
    sides = {shape[1:3] for shape in found if len(shape) == 4}
    if len(sides) > 1:
        raise ValueError(
            f"The views in `{argument}` must all have the same height and "
            f"width. Received: shapes {found}"
        )
    if [len(shape) for shape in found] == list(ranks):
        return list(views)
    wanted = ", ".join(SHAPES[rank] for rank in ranks)
    source = (
        f"With `views=None`, `x` must be a tuple of ready views: {wanted}; a "
        "data set yields ((view_1, view_2),)."
        if argument == "x"
        else f"`{argument}` must return the views {wanted}."
    )
    raise ValueError(f"{source} Received: shapes {found}")


def check_equal_shapes(views):
    shapes = [tuple(view.shape) for view in views]
    if len({shape[1:] for shape in shapes}) > 1:
        raise ValueError(
            "The views must all have the same height, width and channels. "
            f"Received: shapes {shapes}"
        )


def check_ready_view(view):
    # Normalised views leave 0..1, but none comes near 0..255.
    if "float" not in view.dtype.name or not np.abs(view).max() <= 20:
        raise ValueError(
            "Ready views in `x` must be float, in 0..1 or normalised. "
            f"Received: {view.dtype} from {view.min()} to {view.max()}"
        )


def check_labels(model, labels):
    if labels is None and model.needs_labels:
        raise ValueError(
            f"`{type(model).__name__}` learns from labels: "
            "`fit(images, labels)`, or a data set of pairs, e.g. "
            "`keras_contrastive.data.load(..., labels=True)`. "
            "Received: y=None"
        )
    if labels is not None and len(getattr(labels, "shape", ())) > 2:
        raise ValueError(
            "`y` must have rank 1 or 2, but a second element of image shape "
            "came with x. A data set of ready views yields ((view_1, "
            "view_2),), one tuple in another, for a model with `views=None`. "
            f"Received: labels of shape {tuple(labels.shape)}"
        )


def check_replicas(model, compile_arguments):
    """Refuses what Keras gets wrong or fails at under `tf.distribute`."""
    if num_replicas() == 1:
        return
    if compile_arguments.get("jit_compile") is True:
        raise ValueError(
            "`jit_compile` must be left out under a TensorFlow strategy with "
            "several replicas. Received: jit_compile=True"
        )
    steps = compile_arguments.get("steps_per_execution", 1)
    if steps > 1:
        raise ValueError(
            "`steps_per_execution` must be 1 under a TensorFlow strategy with "
            f"several replicas. Received: steps_per_execution={steps}"
        )
    local = [
        layer.name
        for layer in model._flatten_layers()
        if isinstance(layer, keras.layers.BatchNormalization)
        and not layer.synchronized
    ]
    if local:
        raise ValueError(
            "Batch normalisation must be synchronised over the replicas, or "
            "results depend on their number. Make the model inside "
            "`strategy.scope()` with `keras_contrastive.layers.BatchNorm()` "
            "or `BatchNormalization(synchronized=True)`. "
            f"Received: local layers {local[:3]}"
        )


def check_data(model, x):
    """Looks at the first batch, where that consumes nothing."""
    batch = first_batch(x)
    if batch is None:
        return
    # Said here, in plain words: Keras wraps what is raised while tracing.
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
        multi_view.check_images(batch, model.views.pipelines)


def check_missing_labels(model, x, y):
    """Refuses data that is known to have no labels, if the method needs them.

    On JAX, Keras loses all weights where the first step fails.
    """
    if arrays_of(x) or (isinstance(x, Batches) and not x.labels):
        check_labels(model, y)


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
    if isinstance(x, Batches):
        return without_labels(next(iter(x)))
    if isinstance(x, keras.utils.PyDataset):
        return without_labels(x[0])
    if type(x).__module__.startswith("tensorflow.") and hasattr(x, "take"):
        batch = next(iter(x.take(1)), None)
        if batch is None:
            raise ValueError(
                "`x` must hold at least one batch. Received: an empty data set"
            )
        return without_labels(batch)
    if arrays_of(x):
        return keras.tree.map_structure(lambda array: array[:256], x)
    return None


def arrays_of(x):
    """The arrays in x, or an empty list if it is a data set."""
    parts = keras.tree.flatten(x)
    return parts if all(hasattr(part, "shape") for part in parts) else []


def without_labels(batch):
    return batch[0] if isinstance(batch, tuple) else batch

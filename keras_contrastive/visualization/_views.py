from typing import Any

import keras
import numpy as np
from matplotlib.figure import Figure

from keras_contrastive._check_images import check_images
from keras_contrastive._check_integer import check_integer
from keras_contrastive._checked import checked
from keras_contrastive.views import MultiView
from keras_contrastive.visualization._captions import captions
from keras_contrastive.visualization._picture_grid import Row, picture_grid
from keras_contrastive.visualization._pictures import to_pictures


@checked
def plot_views(
    views: Any,
    images: Any,
    *,
    num_images: int = 8,
    title: str | None = None,
    parameters: bool = False,
) -> Figure:
    """Shows images and, below each, its views.

    The first thing to look at before training: are the views as intended, and
    would a person still recognize the image?

    One channel is shown in gray; two in magenta and green, so that equal
    values are gray; of more than three, the first three are shown. A set of
    patches is shown as a mosaic. Values beyond 0..1, e.g. of Lab or of
    residuals, are rescaled to the range of the whole row, which is then noted
    at its left.

    Args:
        views: Layer, called as `views(images, training=True)`, that returns
            a list of views; or such a list. Each view is `(batch, height,
            width, channels)`, or `(batch, patches, height, width, channels)`,
            or `(batch, rows, columns, height, width, channels)`. The state of
            the layer stays as it was, so a figure does not affect training.
        images: Array `(batch, height, width, channels)`, `uint8` in 0..255 or
            float in 0..1.
        num_images: Integer, how many of the first images to show. Defaults
            to 8.
        title: String above the figure. Defaults to none.
        parameters: Boolean, whether to write under each view the parameters
            that were drawn for it; `views` must then be a
            `kc.views.MultiView`. One line for each transform that changed
            the image: a crop as `top,left heightxwidth` in pixels, a jitter
            by the initials of its factors, a jigsaw by its permutation,
            others by name and values (up to four numbers). Defaults to
            `False`.

    Returns:
        `matplotlib.figure.Figure`: originals in the first row, then one row
        per view.

    Raises:
        ValueError: If the views are no list of image batches, or the images
            cannot be shown.

    Example:

    >>> views = kc.views.simclr(image_size=32)
    >>> plot_views(views, images, parameters=True).savefig("views.png")
    """
    check_integer("num_images", num_images, 1)
    images = np.atleast_1d(images)[:num_images]
    check_images(images)
    texts: Any = None
    if parameters:
        if not isinstance(views, MultiView):
            raise ValueError(
                "`parameters=True` needs `views` that draw them, a "
                f"`kc.views.MultiView`. Received: {type(views).__name__}"
            )
        pipelines = [p for p in views.pipelines for _ in range(p.num_views)]
        views, vectors = call_and_restore(views, images, return_parameters=True)
        texts = [
            captions(*pair) for pair in zip(pipelines, vectors, strict=True)
        ]
    elif callable(views):
        views = call_and_restore(views, images)
    is_list = isinstance(views, (list, tuple))
    if not is_list or not all(hasattr(view, "shape") for view in views):
        raise ValueError(
            "`views` must be a layer that returns a list of views, or such a "
            f"list. Received: {type(views).__name__}"
        )
    rows = [Row("image", *to_pictures(images, "images"))]
    for i, view in enumerate(views):
        pictures, note = to_pictures(view[:num_images], "views")
        row = Row(f"view {i + 1}", pictures, note, texts and texts[i])
        rows.append(row)
    counts = [len(row.pictures) for row in rows]
    if set(counts) != {len(images)}:
        raise ValueError(
            f"`views` must have one view for each of {len(images)} images. "
            f"Received: views of {counts[1:]} images"
        )
    return picture_grid(rows, title, width=1.7 if parameters else 1.3)


def call_and_restore(views: Any, images: Any, **kwargs: Any) -> Any:
    """Draws training views without moving the layer's random stream."""
    if not isinstance(views, keras.layers.Layer):
        return views(images, training=True)
    if not views.built:
        views.build(images.shape)
    before = [keras.ops.convert_to_numpy(v) for v in views.variables]
    drawn = views(images, training=True, **kwargs)
    for variable, value in zip(views.variables, before, strict=True):
        variable.assign(value)
    return drawn

import keras
import matplotlib.pyplot as plt
import numpy as np

from keras_contrastive.data.arrays import check_images
from keras_contrastive.ops import unit_range
from keras_contrastive.visualization.style import DPI, INK, TEXT, TITLE


def plot_views(views, images, num_images=8, title=None):
    """Shows images and, below each, its views.

    The first thing to look at before training: are the views what they are
    meant to be, and would a person still recognise the image?

    Args:
        views: Layer, called as `views(images, training=True)`, that returns
            a list of views; or such a list. Each view is
            `(batch, height, width, channels)`, in 0..1. The state of the
            layer is left as it was, so a figure changes no training run.
        images: Array `(batch, height, width, channels)`, `uint8` in 0..255 or
            float in 0..1, with 1 or 3 channels.
        num_images: Integer, how many of the first images to show. Defaults
            to 8.
        title: String above the figure. Defaults to none.

    Returns:
        `matplotlib.figure.Figure`: originals in the first row, then one row
        a view.

    Raises:
        ValueError: If the views are no list of image batches, or the images
            cannot be shown.

    Example:

    >>> views = kc.views.simclr(image_size=32)
    >>> plot_views(views, images).savefig("views.png")
    """
    if num_images < 1:
        raise ValueError(
            "`num_images` must be a positive integer. "
            f"Received: num_images={num_images}"
        )
    images = np.asarray(images)[:num_images]
    check_images(images)
    if callable(views):
        views = call_and_restore(views, images)
    if not isinstance(views, (list, tuple)):
        raise ValueError(
            "`views` must be a layer that returns a list of views, or such a "
            f"list. Received: {type(views).__name__}"
        )
    rows = [shown(images), *(shown(view)[:num_images] for view in views)]
    if any(len(row) != len(images) for row in rows):
        raise ValueError(
            f"`views` must have one view for each of {len(images)} images. "
            f"Received: views of {[len(row) for row in rows[1:]]} images"
        )
    names = ["image", *(f"view {i}" for i in range(1, len(rows)))]
    figure, grid = plt.subplots(
        len(rows),
        len(images),
        figsize=(0.3 + 1.3 * len(images), 1.3 * len(rows) + bool(title) * 0.4),
        dpi=DPI,
        layout="constrained",
        squeeze=False,
    )
    figure.get_layout_engine().set(w_pad=0.03, h_pad=0.03, wspace=0, hspace=0)
    for name, row, line in zip(names, rows, grid, strict=True):
        for picture, axes in zip(row, line, strict=True):
            axes.imshow(picture, cmap="gray", vmin=0, vmax=1)
            axes.set(xticks=[], yticks=[])
            axes.spines[:].set_visible(False)
        line[0].set_ylabel(name, fontsize=TEXT, color=INK)
    if title:
        figure.suptitle(title, fontsize=TITLE, color=INK)
    return figure


def call_and_restore(views, images):
    """Draws training views without moving the layer's random stream."""
    if not isinstance(views, keras.layers.Layer):
        return views(images, training=True)
    if not views.built:
        views.build(images.shape)
    before = [keras.ops.convert_to_numpy(v) for v in views.variables]
    drawn = views(images, training=True)
    for variable, value in zip(views.variables, before, strict=True):
        variable.assign(value)
    return drawn


def shown(images):
    """Images as arrays that `imshow` takes: RGB or gray, in 0..1."""
    pixels = keras.ops.convert_to_numpy(unit_range(images))
    if pixels.ndim != 4 or pixels.shape[-1] not in (1, 3):
        raise ValueError(
            "`images` and `views` must have shape (batch, height, width, 1) "
            f"or (batch, height, width, 3). Received: shape {pixels.shape}"
        )
    return pixels.clip(0, 1)

import math
from typing import Any

import keras
import numpy as np
from matplotlib.figure import Figure

from keras_contrastive._check_images import check_images
from keras_contrastive._check_integer import check_integer
from keras_contrastive._checked import checked
from keras_contrastive.ops._random_bits import uniform_rows
from keras_contrastive.views import BaseTransform
from keras_contrastive.visualization._captions import leaves
from keras_contrastive.visualization._picture_grid import Row, picture_grid
from keras_contrastive.visualization._pictures import to_pictures
from keras_contrastive.visualization._style import TEXT

NUM_DRAWS = 10_000


@checked
def plot_parameter_sweep(
    transform: BaseTransform,
    images: Any,
    parameter: str,
    *,
    values: Any = 7,
    title: str | None = None,
) -> Figure:
    """Shows an image under one parameter of a transform, from weak to strong.

    All other parameters have the values that change nothing
    (`transform.identity`). The figure tells what a strength means: at which
    blur, or which hue, can the image no longer be recognized? Channels,
    patches and ranges are shown as by `plot_views`.

    Args:
        transform: `kc.views` transform or pipeline, e.g. one of
            `views.pipelines` of a `kc.views.MultiView`.
        images: Image `(height, width, channels)` or a few of them `(batch,
            height, width, channels)`, `uint8` in 0..255 or float in 0..1.
        parameter: String, one of `transform.parameter_names` that is a single
            number, e.g. `"gaussian_blur/sigma"`. Of a single transform,
            `"sigma"` is enough.
        values: List of the values; or an integer of at least 2, how many
            to space evenly over the range in which the transform draws the
            parameter (of integers, as many as there are). Defaults to 7.
        title: String above the figure. Defaults to `parameter`.

    Returns:
        `matplotlib.figure.Figure`: one column per value, which is written
        below it; one row per image, or several if the transform is a `Split`.

    Raises:
        ValueError: If an argument is wrong, if `values` is an integer and the
            parameter is always the same, or if a value makes no image (e.g.
            the `top` of a crop that is as high as the image).

    Example:

    >>> blur = kc.views.GaussianBlur(sigma=(0.1, 2.0))
    >>> figure = plot_parameter_sweep(blur, images[:2], "sigma")
    """
    images, values, draws = swept_draws(transform, images, parameter, values)
    views = transform.replay(np.repeat(images, len(values), axis=0), draws)
    views = views if transform.num_views > 1 else [views]
    rows = []
    for i in range(len(images)):
        for j, view in enumerate(views):
            label = [f"image {i + 1}"] * (len(images) > 1)
            label += [f"view {j + 1}"] * (len(views) > 1)
            own = view[i * len(values) : (i + 1) * len(values)]
            rows.append(Row("\n".join(label), *to_pictures(own, "values")))
    rows[-1].captions = [f"{value:.4g}" for value in values]
    return picture_grid(
        rows, title or find(transform, parameter)[2], caption_size=TEXT
    )


def swept_draws(
    transform: BaseTransform, images: Any, parameter: str, values: Any
) -> tuple[np.ndarray, np.ndarray, Any]:
    """Draws in which one parameter takes given values, all others at rest.

    Returns:
        Images `(batch, height, width, channels)`, values, and the draws for
        each image and value, the values of an image next to each other.
    """
    images = np.asarray(images)
    images = images[None] if images.ndim == 3 else images
    check_images(images)
    if not isinstance(transform, BaseTransform):
        raise ValueError(
            "`transform` must be a transform or a pipeline of `kc.views`, "
            "e.g. `views.pipelines[0]` of a `MultiView`. "
            f"Received: {type(transform).__name__}"
        )
    image_shape = images.shape[1:]
    transform.check(image_shape)
    index, name, _ = find(transform, parameter)
    if np.ndim(values) == 0:
        check_integer("values", values, 2)
        values = evenly(transform, image_shape, index, name, values)
    values = np.asarray(values)
    is_list = values.ndim == 1 and values.size and values.dtype.kind in "biuf"
    if not is_list or not np.isfinite(values).all():
        raise ValueError(
            "`values` must be a list of numbers, or how many to choose. "
            f"Received: values={values.tolist()}"
        )
    draws = transform.identity(len(images) * len(values), image_shape)
    drawn = dictionaries(draws)[index]
    for key, row in {"applied": np.ones(len(values)), name: values}.items():
        column = np.tile(row.astype("float32"), len(images))
        drawn[key] = keras.ops.convert_to_tensor(column)
    return images, values, draws


def find(transform: BaseTransform, parameter: str) -> tuple[int, str, str]:
    """Where a parameter is.

    Returns:
        Index of its transform among the leaves of a pipeline, its name there,
        and its full name.
    """
    places, names = {}, iter(transform.parameter_names)
    for index, leaf in enumerate(leaves(transform)):
        for name, length in leaf.parameters.items():
            columns = [next(names) for _ in range(length)]
            if length == 1:
                places[columns[0]] = index, name, columns[0]
    for full_name in (parameter, f"{transform.name}/{parameter}"):
        if full_name in places:
            return places[full_name]
    raise ValueError(
        f"`parameter` must be one of {list(places)}. "
        f"Received: parameter={parameter!r}"
    )


def evenly(
    transform: BaseTransform,
    image_shape: tuple[int, int, int],
    index: int,
    name: str,
    count: int,
) -> Any:
    """Values evenly spaced over the range in which a parameter is drawn."""
    if name == "applied":
        return [0, 1]
    rows = np.arange(NUM_DRAWS, dtype="int32")
    uniforms = uniform_rows(0, 0, rows, transform.num_columns)
    drawn = dictionaries(transform.draw(uniforms, image_shape))[index]
    applied = keras.ops.convert_to_numpy(drawn["applied"]) == 1
    drawn = keras.ops.convert_to_numpy(drawn[name])[applied]
    if not len(drawn) or drawn.min() == drawn.max():
        raise ValueError(
            f"`values` must be a list: `{type(transform).__name__}` never "
            f"varies `{name}`. Received: values={count}"
        )
    low, high = float(drawn.min()), float(drawn.max())
    values = np.linspace(low, high, count)
    if (drawn == np.round(drawn)).all():
        return np.unique(np.round(values))
    # Three digits: the sample knows no more.
    return np.round(values, 2 - math.floor(math.log10(high - low))) + 0.0


def dictionaries(draws: Any) -> list[dict[str, Any]]:
    """Draws of the leaves of a pipeline, in the order of `leaves`."""
    if isinstance(draws, dict):
        return [draws]
    return [leaf for part in draws for leaf in dictionaries(part)]

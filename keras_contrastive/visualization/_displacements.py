from typing import Any

import numpy as np
from matplotlib.figure import Figure

from keras_contrastive._check_images import check_images
from keras_contrastive._check_integer import check_integer
from keras_contrastive._checked import checked
from keras_contrastive.evaluation._equivariance import (
    embed_and_predict,
    equimod_of,
    pipelines_of,
)
from keras_contrastive.evaluation.sweeps._view_features import view_features
from keras_contrastive.metrics._unit import unit
from keras_contrastive.training.contrastive_model import ContrastiveModel
from keras_contrastive.visualization._parameter_sweep import swept_draws
from keras_contrastive.visualization._picture_grid import Row, picture_grid
from keras_contrastive.visualization._pictures import to_pictures
from keras_contrastive.visualization._style import (
    COLORS,
    FAINT,
    INK,
    TEXT,
    legend_beside,
    subplots,
    tidy,
    title_of,
)


@checked
def plot_displacements(
    model: ContrastiveModel,
    images: Any,
    parameter: str,
    *,
    values: Any = 9,
    title: str | None = None,
) -> Figure:
    """Shows where one parameter moves an image, and where a model expects it.

    Each panel shows one image: its untouched embedding, and the path of its
    embeddings as the parameter goes from weak to strong, with all others at
    rest. Embeddings are normalized and drawn in the two directions in which
    those of the panel vary most.

    Args:
        model: Trained `ContrastiveModel` with `keras_contrastive.EquiMod()`
            among its `modules`.
        images: A few images `(images, height, width, channels)`, `uint8` in
            0..255 or float in 0..1.
        parameter: String, one of `model.parameter_names` that is a number,
            e.g. `"color_jitter/hue"`.
        values: List of values, or an integer of at least 2, how many to
            space over the range in which it is drawn. Defaults to 9.
        title: String above the figure. Defaults to `parameter`.

    Returns:
        `matplotlib.figure.Figure`.

    Raises:
        ValueError: If `model` is not trained or has no `EquiMod`, no
            transform of the view has the parameter, or `values` are no
            numbers.

    Example:

    >>> figure = plot_displacements(model, images[:3], "color_jitter/hue")
    """
    module = equimod_of(model)
    pipeline = pipelines_of(model)[0]
    images, values, draws = swept_draws(pipeline, images, parameter, values)
    repeated = np.repeat(images, len(values), axis=0)
    embedded = embed_and_predict(
        module,
        np.repeat(untouched_features(model, images), len(values), axis=0),
        view_features(model.encoder, pipeline, repeated, draws),
        pipeline.encode(draws),
    )
    stacks = [
        unit(part).reshape(len(images), len(values), -1) for part in embedded
    ]
    figure, row = subplots(
        1,
        len(images),
        figsize=(4.6 * len(images) + 2, 4.8),
        squeeze=False,
    )
    for axes, start, actual, predicted in zip(row[0], *stacks, strict=True):
        points = np.concatenate([actual, predicted, start[:1]])
        center = points.mean(axis=0)
        _, _, directions = np.linalg.svd(points - center, full_matrices=False)
        project = directions[:2].T
        paths = {
            "embedded": (actual, COLORS[0]),
            "predicted": (predicted, COLORS[1]),
        }
        ends = [(part - center) @ project for part, _ in paths.values()]
        for one, other in zip(*ends, strict=True):
            axes.plot(*np.stack([one, other]).T, color=FAINT, linewidth=1)
        for (name, (_, color)), path in zip(paths.items(), ends, strict=True):
            axes.plot(*path.T, color=color, linewidth=2, label=name)
            sizes = np.linspace(20, 110, len(values))
            axes.scatter(*path.T, s=sizes, color=color, linewidths=0, zorder=3)
        axes.scatter(
            *((start[0] - center) @ project),
            marker="*",
            s=320,
            color=INK,
            zorder=4,
            label="untouched",
        )
        axes.set_aspect("equal", "datalim")
        axes.set(xticks=[], yticks=[])
        tidy(axes)
    legend_beside(row[0][-1])
    title_of(
        figure,
        f"{title or parameter}: {values[0]:.3g} to {values[-1]:.3g}, "
        "small to large dots",
        TEXT,
    )
    return figure


@checked
def plot_predicted_neighbors(
    model: ContrastiveModel,
    image: Any,
    candidates: Any,
    parameter: str,
    *,
    values: Any = 5,
    count: int = 6,
    title: str | None = None,
) -> Figure:
    """Shows the images that a model expects an augmented image to resemble.

    One row per value of the parameter: the view that it makes, and the
    candidates whose untouched embeddings are nearest to the one predicted.
    The prediction never sees the view.

    Args:
        model: Trained `ContrastiveModel` with `keras_contrastive.EquiMod()`
            among its `modules`.
        image: Image `(height, width, channels)`, `uint8` in 0..255 or float
            in 0..1.
        candidates: Images to choose from `(images, height, width, channels)`,
            in the same form.
        parameter: String, one of `model.parameter_names` that is a number.
        values: List of values, or an integer of at least 2, how many to
            space over the range in which it is drawn. Defaults to 5.
        count: Integer, neighbors per row. Defaults to 6.
        title: String above the figure. Defaults to `parameter`.

    Returns:
        `matplotlib.figure.Figure`.

    Raises:
        ValueError: If `model` is not trained or has no `EquiMod`, no
            transform of the view has the parameter, or `values` are no
            numbers.

    Example:

    >>> figure = plot_predicted_neighbors(
    ...     model, images[0], images[1:], "color_jitter/hue"
    ... )
    """
    module = equimod_of(model)
    image, candidates = np.asarray(image), np.asarray(candidates)
    check_images(candidates, "`candidates`")
    if image.shape != candidates.shape[1:]:
        raise ValueError(
            "`image` must be one image of the shape of those in `candidates`. "
            f"Received: shapes {image.shape} and {candidates.shape}"
        )
    check_integer("count", count, 1, len(candidates))
    pipeline = pipelines_of(model)[0]
    images, values, draws = swept_draws(pipeline, image, parameter, values)
    repeated = np.repeat(images[:1], len(values), axis=0)
    start = untouched_features(model, images[:1])
    start = np.repeat(start, len(values), axis=0)
    # The features of the views have no part in the prediction.
    _, _, predicted = embed_and_predict(
        module, start, start, pipeline.encode(draws)
    )
    known = untouched_features(model, candidates)
    known, _, _ = embed_and_predict(
        module,
        known,
        known,
        pipeline.encode(
            pipeline.identity(len(candidates), candidates.shape[1:])
        ),
    )
    order = np.argsort(-unit(predicted) @ unit(known).T, axis=1)[:, :count]
    views, note = to_pictures(pipeline.replay(repeated, draws), "values")
    pictures, _ = to_pictures(candidates, "candidates")
    rows = [
        Row(f"{value:.3g}", np.concatenate([view[None], pictures[nearest]]))
        for value, view, nearest in zip(values, views, order, strict=True)
    ]
    rows[0].note = note
    rows[-1].captions = ["its view", *map(str, range(1, count + 1))]
    return picture_grid(rows, title or parameter, caption_size=TEXT)


def untouched_features(
    model: ContrastiveModel, images: np.ndarray
) -> np.ndarray:
    pipeline = pipelines_of(model)[0]
    at_rest = pipeline.identity(len(images), images.shape[1:])
    return view_features(model.encoder, pipeline, images, at_rest)

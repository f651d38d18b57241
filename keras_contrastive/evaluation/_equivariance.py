from typing import Any

import numpy as np
from keras import ops

from keras_contrastive._check_images import check_images
from keras_contrastive._check_integer import check_integer
from keras_contrastive._checked import checked
from keras_contrastive.evaluation.report import Report
from keras_contrastive.evaluation.sweeps._view_features import view_features
from keras_contrastive.metrics._equivariance import equivariance as measure
from keras_contrastive.modules import EquiMod
from keras_contrastive.ops._random_bits import uniform_rows
from keras_contrastive.training.contrastive_model import ContrastiveModel
from keras_contrastive.views import Pipeline


@checked
def equivariance(
    model: ContrastiveModel, images: Any, *, view: int = 0, seed: int = 0
) -> Report:
    """Measures how well a model predicts what each augmentation does.

    Images that were not trained on are augmented by all transforms of a view,
    and by each of them alone with the parameters of the others at rest. Each
    time the predicted embedding of the augmented image is compared with the
    embedding of the untouched image, see
    `keras_contrastive.metrics.equivariance`: it is better if the relative
    equivariance is above 1 and the absolute one above 0. Everything runs in
    inference mode.

    Args:
        model: Trained `ContrastiveModel` with `keras_contrastive.EquiMod()`
            among its `modules`.
        images: Array `(images, height, width, channels)`, `uint8` in 0..255
            or float in 0..1.
        view: Integer, which pipeline of `model.views` to use. Defaults to 0.
        seed: Integer from 0, seed of the augmentations. Defaults to 0.

    Returns:
        `Report` of means over the images that were changed, with their
        standard errors: `invariance`, `absolute` and `relative` for all
        transforms together, and `color_jitter/absolute`, ... for each alone.

    Raises:
        ValueError: If `model` is not trained or has no `EquiMod`, or an
            argument is out of its range.

    Example:

    >>> print(equivariance(model, test_images))

    Reference: Devillers and Lefort, 2022, https://arxiv.org/abs/2211.01244,
        for the measures; one augmentation at a time is our protocol.
    """
    module = equimod_of(model)
    pipelines = pipelines_of(model)
    check_integer("view", view, 0, len(pipelines) - 1)
    pipeline = pipelines[view]
    images = np.asarray(images)
    check_images(images)
    uniforms = uniform_rows(
        seed, 0, np.arange(len(images), dtype="int32"), pipeline.num_columns
    )
    draws = pipeline.draw(uniforms, images.shape[1:])
    at_rest = pipeline.identity(len(images), images.shape[1:])
    cases = {"": (draws, np.full(len(images), True))}
    for i, label in enumerate(pipeline.labels):
        if pipeline.transforms[i].parameter_names:
            alone = [*at_rest[:i], draws[i], *at_rest[i + 1 :]]
            cases[f"{label}/"] = alone, was_applied(draws[i])
    untouched = view_features(model.encoder, pipeline, images, at_rest)
    metrics, spreads = {}, {}
    for prefix, (drawn, chosen) in cases.items():
        if not chosen.any():
            continue
        features = view_features(model.encoder, pipeline, images, drawn)
        parameters = pipeline.encode(drawn)
        found = measure(
            *embed_and_predict(module, untouched, features, parameters)
        )
        for name, values in found.items():
            values = values[chosen]
            metrics[prefix + name] = float(values.mean())
            if len(values) > 1:
                error = values.std(ddof=1) / np.sqrt(len(values))
                spreads[prefix + name] = float(error)
    return Report(
        "equivariance",
        metrics,
        settings={"images": len(images), "view": view, "seed": seed},
        spreads=spreads,
    )


def equimod_of(model: ContrastiveModel) -> EquiMod:
    if isinstance(model, ContrastiveModel) and model.built:
        for module in model.parts:
            if isinstance(module, EquiMod):
                return module
    raise ValueError(
        "`model` must be a trained model with `keras_contrastive.EquiMod()` "
        f"among its `modules`. Received: {type(model).__name__}"
    )


def pipelines_of(model: ContrastiveModel) -> list[Pipeline]:
    views: Any = model.views
    return views.pipelines


def embed_and_predict(
    module: EquiMod, untouched: Any, features: Any, parameters: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Untouched, actual and predicted embeddings of views.

    Args:
        module: `EquiMod`.
        untouched: Array of features `(images, dim)` of untouched images.
        features: The same of their views.
        parameters: Tensor `(images, parameters)` of the views.

    Returns:
        Three arrays `(images, units)`.
    """
    outputs = module.embed(
        [ops.convert_to_tensor(features)],
        original=ops.convert_to_tensor(untouched),
        parameters=[parameters],
        training=False,
    )
    original, embedded, predicted = (
        ops.convert_to_numpy(ops.cast(outputs[name], "float32"))
        for name in ("original", "embeddings", "predicted")
    )
    return original, embedded[:, 0], predicted[:, 0]


def was_applied(drawn: Any) -> np.ndarray:
    """Which images a transform has changed, as far as it says."""
    if isinstance(drawn, dict):
        return ops.convert_to_numpy(drawn["applied"]) == 1
    # A pipeline in a pipeline: whatever its parts have changed.
    return np.any([was_applied(part) for part in drawn], axis=0)

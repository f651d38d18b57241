from typing import Any

import keras
import numpy as np
from keras import ops

from keras_contrastive._check_class_labels import check_class_labels
from keras_contrastive._check_images import check_images
from keras_contrastive._check_integer import check_integer
from keras_contrastive._checked import checked
from keras_contrastive.evaluation._features import (
    check_encoder,
    extract_features,
)
from keras_contrastive.evaluation._overlap import check_overlap, digest
from keras_contrastive.evaluation._ridge import ridge_predict
from keras_contrastive.evaluation.report import Report
from keras_contrastive.evaluation.sweeps._view_features import view_features
from keras_contrastive.ops._random_bits import uniform_rows
from keras_contrastive.views import MultiView, Pipeline

RESAMPLES = 200
# Of `keras_contrastive.data.shapes`: values that meet again after so much.
PERIODS = {"hue": 1.0, "background_hue": 1.0, "rotation": 360.0}


@checked
def parameter_probe(
    encoder: keras.Model,
    views: MultiView | Pipeline,
    train: Any,
    test: Any,
    *,
    with_original: bool = False,
    seed: int = 0,
    max_overlap: float = 0.05,
) -> Report:
    """Reads augmentation parameters linearly from the features of views.

    How much does an encoder keep of the crop, the colors, the blur of a view?
    Each image is augmented once; ridge regression on the training images, by
    which its penalty is chosen too, predicts each parameter for the test
    images.

    Args:
        encoder: `keras.Model`, images in 0..1 to features `(batch, dim)`.
        views: `Pipeline`, or `MultiView`, whose first pipeline is used.
        train: Images `(images, height, width, channels)`, `uint8` in 0..255
            or float in 0..1.
        test: Other images, in the same form.
        with_original: Boolean, whether to read from the features of the image
            without augmentation as well. A view alone does not tell, for
            example, a change of color from a color. Defaults to `False`.
        seed: Integer from 0, seed of the augmentations. Defaults to 0.
        max_overlap: Float in 0..1, share of the images of `test`, or of those
            of `train`, that may be in the other. Defaults to 0.05.

    Returns:
        `Report` with R2 on the test images for each parameter that varies, by
        its name in `parameter_names`: 1 is exact, 0 no better than the mean.
        The spread is the standard error over resamples of the test images.

    Raises:
        ValueError: For arguments of another kind, or if `train` and `test`
            share more images than allowed.

    Example:

    >>> views = keras_contrastive.views.simclr(image_size=32)
    >>> print(parameter_probe(model.encoder, views, train, test))

    Reference: R2 of augmentation parameters as in Ghaemi et al., 2025,
        https://arxiv.org/abs/2505.03176; the protocol is ours.
    """
    if isinstance(views, MultiView):
        views = views.pipelines[0]
    if not isinstance(views, Pipeline) or views.num_views > 1:
        raise ValueError(
            "`views` must be a `MultiView` or a `Pipeline` that makes one "
            f"view. Received: {type(views).__name__}"
        )
    check_integer("seed", seed, 0)
    check_encoder(encoder)
    found = []
    for part, (argument, images) in enumerate(
        {"train": train, "test": test}.items()
    ):
        images = np.asarray(images)
        check_images(images, f"`{argument}`")
        rows = np.arange(len(images), dtype="int32")
        uniforms = uniform_rows(seed, part, rows, views.num_columns)
        draws = views.draw(uniforms, images.shape[1:])
        features = view_features(encoder, views, images, draws)
        if with_original:
            at_rest = views.identity(len(images), images.shape[1:])
            original = view_features(encoder, views, images, at_rest)
            features = np.concatenate([features, original], axis=1)
        targets = ops.convert_to_numpy(views.encode(draws)).astype("float64")
        found.append((features, targets, map(digest, images)))
    (train, targets, learned), (test, truth, tested) = found
    check_overlap(learned, tested, max_overlap)
    vary = np.minimum(targets.std(axis=0), truth.std(axis=0)) > 1e-6
    names = [n for n, v in zip(views.parameter_names, vary, strict=True) if v]
    predicted = ridge_predict(train, targets[:, vary], test)
    scores = {
        name: r2(truth[:, vary][:, [i]], predicted[:, [i]])
        for i, name in enumerate(names)
    }
    settings = {"train": len(train), "test": len(test), "seed": seed}
    settings["dim"] = train.shape[1]
    return report("parameter probe", scores, settings)


@checked
def factor_probe(
    encoder: keras.Model | None,
    train: Any,
    test: Any,
    *,
    periods: dict[str, float] | None = None,
    max_overlap: float = 0.05,
) -> Report:
    """Reads the factors that made generated images from their features.

    Ridge regression on the training images, by which its penalty is chosen
    too, predicts each factor for the test images: of integers the class, of
    floats the value, of angles and hues the point on the circle.

    Args:
        encoder: `keras.Model`, images in 0..1 to features `(batch, dim)`;
            `None` for raw pixels.
        train: Tuple of images `(images, height, width, channels)`, `uint8` in
            0..255 or float in 0..1, and a dictionary of arrays `(images,)`:
            integers from 0, or -1 for an image without a label, and booleans
            are classes, floats are numbers.
        test: Other images and their factors, in the same form.
        periods: Dictionary, from the name of a factor that runs in a circle
            to the length of that circle. Defaults to those of
            `keras_contrastive.data.shapes`, for factors of these names with
            values from 0 to that length.
        max_overlap: Float in 0..1, share of the images of `test`, or of those
            of `train`, that may be in the other. Defaults to 0.05.

    Returns:
        `Report` with a score on the test images for each factor: for classes
        the accuracy in 0..1, for numbers R2. The spread is the standard error,
        for R2 over resamples of the test images.

    Raises:
        ValueError: If the factors do not fit the images, or `train` and
            `test` share more images than allowed.

    Example:

    >>> data = keras_contrastive.data
    >>> parts = []
    >>> for split in ("train", "test"):
    ...     batches = data.shapes(2000, 2000, split=split, labels="all")
    ...     parts.append(next(iter(batches)))
    >>> print(factor_probe(model.encoder, *parts))
    """
    train, factors = check_factors(train, "train")
    test, truth = check_factors(test, "test")
    if set(factors) != set(truth):
        raise ValueError(
            "`train` and `test` must have the same factors. "
            f"Received: {sorted(factors)} and {sorted(truth)}"
        )
    for name in factors:
        if not (varies(factors[name]) and varies(truth[name])):
            raise ValueError(
                "`train` and `test` must have factors that vary: leave out "
                f"those that do not. Received: {name!r}, the same for all "
                "images of one"
            )
    check_overlap(map(digest, train), map(digest, test), max_overlap)
    train, _ = extract_features(encoder, (train, None), verbose=False)
    test, _ = extract_features(encoder, (test, None), verbose=False)
    if periods is None:
        periods = {n: p for n, p in PERIODS.items() if within(factors, n, p)}
    scores = {}
    for name in factors:
        if factors[name].dtype == "int64":
            learned, tested = factors[name] >= 0, truth[name] >= 0
            classes, codes = np.unique(
                factors[name][learned], return_inverse=True
            )
            chosen = ridge_predict(
                train[learned], np.eye(len(classes))[codes], test[tested]
            ).argmax(axis=1)
            scores[name] = share(classes[chosen] == truth[name][tested])
        else:
            sides = [
                on_circle(values[name], periods.get(name))
                for values in (factors, truth)
            ]
            scores[name] = r2(sides[1], ridge_predict(train, sides[0], test))
    settings = {"train": len(train), "test": len(test)}
    return report("factor probe", scores, {**settings, "dim": train.shape[1]})


def check_factors(
    data: Any, argument: str
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    if not isinstance(data, tuple) or len(data) != 2:
        raise ValueError(
            f"`{argument}` must be a tuple (images, factors). "
            f"Received: {type(data).__name__}"
        )
    images, factors = np.asarray(data[0]), data[1]
    check_images(images, f"`images` of `{argument}`")
    if not isinstance(factors, dict) or not factors:
        raise ValueError(
            f"Factors of `{argument}` must be a dictionary of arrays, such as "
            "the labels of "
            '`keras_contrastive.data.shapes(..., labels="all")`. '
            f"Received: {type(factors).__name__}"
        )
    factors = {name: np.asarray(values) for name, values in factors.items()}
    for name, values in factors.items():
        if values.dtype == bool:
            factors[name] = values.astype("int64")
        elif values.dtype.kind in "iu":
            factors[name] = check_class_labels(values, name)
        elif values.dtype.kind != "f":
            raise ValueError(
                "Factors must be integers, booleans or floats. "
                f"Received: {name!r} of {values.dtype}"
            )
        elif not np.isfinite(values).all():
            raise ValueError(
                "Factors must be finite: leave out images without a value. "
                f"Received: {name!r} with NaN or infinity"
            )
    shapes = {name: values.shape for name, values in factors.items()}
    if set(shapes.values()) != {(len(images),)}:
        raise ValueError(
            f"Factors must have shape (images,), here ({len(images)},). "
            f"Received: shapes {shapes}"
        )
    return images, factors


def varies(values: np.ndarray) -> bool:
    if values.dtype == "int64":
        values = values[values >= 0]
    return len(values) > 0 and np.ptp(values) > 0


def within(factors: dict[str, np.ndarray], name: str, period: float) -> bool:
    values = factors.get(name)
    return values is not None and 0 <= values.min() <= values.max() <= period


def on_circle(values: np.ndarray, period: float | None) -> np.ndarray:
    values = values.astype("float64")
    if period is None:
        return values[:, None]
    angle = 2 * np.pi * values / period
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def share(right: np.ndarray) -> tuple[float, float]:
    """Accuracy, and its standard error."""
    accuracy = right.mean()
    return accuracy, np.sqrt(accuracy * (1 - accuracy) / len(right))


def r2(truth: np.ndarray, predicted: np.ndarray) -> tuple[float, float]:
    """Share of the variance that is predicted, and its standard error."""
    count = len(truth)
    rng = np.random.default_rng(0)
    times = rng.multinomial(count, np.full(count, 1 / count), RESAMPLES)
    times = np.concatenate([np.ones((1, count)), times])
    rest = times @ ((truth - predicted) ** 2).sum(axis=1)
    truth = truth - truth.mean(axis=0)
    means = times @ truth / count
    whole = (times @ truth**2 - count * means**2).sum(axis=1)
    # A small resample may hold only one value of a rare flag.
    usable = whole > 1e-9 * whole[0]
    scores = 1 - rest[usable] / whole[usable]
    return scores[0], scores[1:].std()


def report(
    name: str,
    scores: dict[str, tuple[float, float]],
    settings: dict[str, Any],
) -> Report:
    return Report(
        name,
        {name: float(score) for name, (score, _) in scores.items()},
        settings=settings,
        spreads={name: float(spread) for name, (_, spread) in scores.items()},
    )

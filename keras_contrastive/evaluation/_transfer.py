from collections.abc import Callable
from typing import Any

import keras

from keras_contrastive._checked import checked
from keras_contrastive.evaluation._linear_probe import linear_probe
from keras_contrastive.evaluation.report import Report


@checked
def transfer(
    encoder: keras.Model | None,
    datasets: dict[str, Any],
    *,
    probe: Callable[..., Report] = linear_probe,
    **kwargs: Any,
) -> Report:
    """Evaluates one encoder on several labeled data sets.

    Args:
        encoder: `keras.Model`, float images in 0..1 to features
            `(batch, dim)`; `None` for raw pixels. All data sets must have
            images that it takes.
        datasets: Dictionary, name of a data set to a tuple of a training and
            a test set, each as `probe` takes it.
        probe: Function `(encoder, train, test, **kwargs)` to a `Report` with
            `accuracy`: `linear_probe`, `ridge_probe`, `knn`, `fine_tune`, ...
            Defaults to `linear_probe`.
        **kwargs: Passed to `probe`.

    Returns:
        `Report` with the accuracy on each data set by name and their `mean`.
        Its `tried` holds what the probe tried on each.

    Raises:
        ValueError: If `datasets` is not such a dictionary, or if the probe
            raises one; its message then names the data set.

    Example:

    >>> sets = {
    ...     name: [kc.data.load(name, s, 256, labels=True) for s in splits]
    ...     for name in ("cifar10", "cifar100")
    ... }
    >>> print(kc.evaluation.transfer(model.encoder, sets))

    Reference: Chen et al., 2020, https://arxiv.org/abs/2002.05709, section
        6 and appendix B.8; the classifier there is found by L-BFGS.
    """
    if not isinstance(datasets, dict) or not datasets:
        raise ValueError(
            "`datasets` must be a dictionary of tuples (train, test) by name. "
            f"Received: {type(datasets).__name__}"
        )
    if "mean" in datasets:
        raise ValueError(
            "`datasets` must not have a data set called 'mean': the report "
            f"has the mean of all. Received: {sorted(datasets)}"
        )
    found, tried = {}, []
    for name, pair in datasets.items():
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise ValueError(
                f"`datasets[{name!r}]` must be (train, test). "
                f"Received: {pair if pair is None else type(pair).__name__}"
                + (f" of {len(pair)}" if isinstance(pair, list | tuple) else "")
            )
        try:
            report = probe(encoder, *pair, **kwargs)
        except (TypeError, ValueError) as error:
            raise ValueError(f"`probe` on {name!r}: {error}") from error
        if not isinstance(report, Report) or "accuracy" not in report.metrics:
            raise ValueError(
                "`probe` must return a `Report` with `accuracy`; `knn` does "
                f"for a single `k`. Received: {report}"
            )
        found[name] = report.accuracy
        tried += [{"dataset": name, **each} for each in report.tried]
    mean = sum(found.values()) / len(found)
    return Report(
        "transfer",
        metrics={**found, "mean": mean},
        settings={"probe": getattr(probe, "__name__", str(probe)), **kwargs},
        tried=tried,
    )

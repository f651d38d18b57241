import dataclasses
import functools
import statistics
from collections.abc import Callable, Iterable
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, Self

import keras
import numpy as np

from keras_contrastive._checked import check_fields
from keras_contrastive._import_extra import import_extra


@dataclass(frozen=True)
class Report:
    """What an evaluation found, and how it was made.

    Prints as a small table.

    Args:
        name: String, the protocol, e.g. `"k-NN"`.
        metrics: Dictionary of floats by name. Accuracies are shares in 0..1.
        settings: Dictionary of what the figures depend on, by name: numbers
            and strings.
        spreads: Dictionary, the uncertainty of some of the metrics by name,
            printed after ±. Each evaluation documents which measure it is.
        tried: List of dictionaries, the settings that a validation set chose
            from and what each scored there.
        values: Dictionary of lists, the metrics of each seed.
        recalls: Dictionary of floats in 0..1, the share classified correctly
            of the test images of each class, by its name or else its label.
            Their mean is the metric `"balanced_accuracy"`; classes without a
            test image are left out.
        predictions: Integer array `(num_test,)`, the class predicted for each
            test image that has a label, in the coding of the labels that were
            learned from, or `None`.
        class_names: List of strings, the name of each label, or `None`.
        make_model: Function without arguments that makes `model`, or `None`.

    Example:

    >>> print(Report("k-NN", {"accuracy": 0.818}, settings={"k": 20}))
    k-NN
      accuracy  0.8180
      k         20
    """

    name: str
    metrics: dict[str, float]
    _: KW_ONLY
    settings: dict[str, Any] = field(default_factory=dict)
    spreads: dict[str, float] = field(default_factory=dict)
    tried: list[dict[str, Any]] = field(default_factory=list)
    values: dict[str, list[float]] = field(default_factory=dict)
    recalls: dict[Any, float] = field(default_factory=dict)
    predictions: np.ndarray | None = field(
        default=None, compare=False, repr=False
    )
    class_names: list[str] | None = field(default=None, repr=False)
    make_model: Callable[[], keras.Model] | None = field(
        default=None, compare=False, repr=False
    )

    def __post_init__(self) -> None:
        check_fields(self)

    @classmethod
    def over_seeds(cls, reports: Iterable["Report"]) -> Self:
        """Averages the same evaluation over several seeds.

        Args:
            reports: List of two or more `Report` with the same metrics.

        Returns:
            `Report` with means as `metrics` and `recalls`, sample standard
            deviations as `spreads`, the metrics of each as `values`, and the
            settings that all of them share.

        Raises:
            ValueError: If there are fewer than two, or they differ in name or
                metrics.

        Example:

        >>> Report.over_seeds(
        ...     [linear_probe(encoders[s], train, test, seed=s) for s in (0, 1)]
        ... )
        """
        reports = list(reports)
        kinds = {(report.name, *report.metrics) for report in reports}
        if len(reports) < 2 or len(kinds) > 1:
            raise ValueError(
                "`reports` must be two or more of one evaluation, with the "
                f"same metrics. Received: {len(reports)} of {sorted(kinds)}"
            )
        first = reports[0]
        values = {
            metric: [report.metrics[metric] for report in reports]
            for metric in first.metrics
        }
        return cls(
            first.name,
            {key: statistics.mean(each) for key, each in values.items()},
            settings={
                key: setting
                for key, setting in first.settings.items()
                if all(
                    plain(r.settings.get(key)) == plain(setting)
                    for r in reports
                )
            }
            | {"seeds": len(reports)},
            spreads={
                key: statistics.stdev(each) for key, each in values.items()
            },
            values=values,
            recalls={
                key: statistics.mean(r.recalls[key] for r in reports)
                for key in first.recalls
                if all(key in r.recalls for r in reports)
            },
            class_names=first.class_names,
        )

    @property
    def accuracy(self) -> float:
        """Float in 0..1, the metric `"accuracy"`."""
        return self.metrics["accuracy"]

    @functools.cached_property
    def model(self) -> keras.Model | None:
        """`keras.Model`, the classifier that was chosen, or `None`.

        Images `(batch, height, width, channels)` of the size that was learned
        from, `uint8` in 0..255 or float in 0..1, to float32 probabilities
        `(batch, classes)`, in the order of `class_names`, or else of the
        labels that were learned from. It holds a copy of the encoder as it was
        when it was evaluated, and a file of it loads by Keras alone. Made when
        first asked for.

        Files of other formats take the same values as float32. A single value
        from 2 up tells that an image is in 0..255; one with none, all but
        black, is taken to be in 0..1.

        Raises:
            ValueError: If the encoder cannot be made again from its config.
        """
        return self.make_model() if self.make_model else None

    def to_dict(self) -> dict[str, Any]:
        """Returns all but the model as a dictionary that `json.dump` takes."""
        names = [part.name for part in dataclasses.fields(self)]
        names.remove("make_model")
        return {name: plain(getattr(self, name)) for name in names}

    def to_frame(self) -> Any:
        """Returns a `pandas.DataFrame` of one row, to concatenate with others.

        Its columns are the name, metrics, spreads (the name of the metric
        with " ±" after it) and settings. Needs pandas.
        """
        pandas = import_extra("pandas", "eval", "`to_frame`")
        spreads = {f"{key} ±": value for key, value in self.spreads.items()}
        row = {"name": self.name, **self.settings, **self.metrics, **spreads}
        first = dict.fromkeys(["name", *self.metrics, *spreads, *row])
        return pandas.DataFrame([{key: row[key] for key in first}])

    def __str__(self) -> str:
        figures = {key: f"{value:.4f}" for key, value in self.metrics.items()}
        for key, spread in self.spreads.items():
            figures[key] += f" ± {spread:.4f}"
        # A list, as a setting may have the name of a metric.
        rows = [*figures.items(), *self.settings.items()]
        if self.recalls:
            worst = min(self.recalls, key=lambda name: self.recalls[name])
            rows.append(("worst class", f"{worst}, {self.recalls[worst]:.4f}"))
        width = max((len(key) for key, _ in rows), default=0)
        lines = [f"  {key:<{width}}  {value}" for key, value in rows]
        return "\n".join([self.name, *lines])


def plain(value: Any) -> Any:
    """Numbers and arrays of NumPy as Python's, also within containers."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value.tolist() if hasattr(value, "tolist") else value

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from keras_contrastive._checked import check_fields
from keras_contrastive.evaluation.report import plain


@dataclass(frozen=True)
class ViewSweep:
    """What `sweep_views` measured, one row per value and one column per seed.

    Prints as a table of means and standard deviations over seeds.

    Args:
        name: String, what was varied.
        values: List of its values.
        mutual_information: float64 array `(values, seeds)`, InfoNCE's bound
            in nats on held-out images.
        accuracy: float64 array `(values, seeds)` in 0..1, of a linear probe
            on frozen features.
        untrained: float64 array `(seeds,)`, the same before training.
        settings: Dictionary of what the figures depend on; `cap` is the
            largest bound in nats.

    Example:

    >>> print(sweep)
    >>> sweep.sweet_spot()
    (0.4, (0.2, 0.4))
    """

    name: str
    values: list[Any]
    mutual_information: np.ndarray
    accuracy: np.ndarray
    untrained: np.ndarray
    settings: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_fields(self)
        shape = (len(self.values), len(self.untrained))
        for name in ("mutual_information", "accuracy"):
            found = getattr(self, name).shape
            if found != shape or 0 in shape:
                raise ValueError(
                    f"`{name}` must have shape (values, seeds), where "
                    "`untrained` has (seeds,). "
                    f"Received: shapes {found} and {self.untrained.shape}, "
                    f"{len(self.values)} values"
                )

    def sweet_spot(
        self, standard_errors: float = 2.0
    ) -> tuple[Any, tuple[Any, Any]]:
        """The value of the highest mean accuracy, and those that may equal it.

        Seeds are shared by all values, so values are compared seed by seed.

        Args:
            standard_errors: Float. A value counts as worse than the best if
                the difference exceeds that many of its standard errors.
                Defaults to 2.

        Returns:
            Tuple of the best value and a tuple of the first and the last of
            the values around it that are not worse. With one seed no value is
            known to be worse.
        """
        best, low, high = self.neighborhood(standard_errors)
        return self.values[best], (self.values[low], self.values[high])

    def is_interior(self, standard_errors: float = 2.0) -> bool:
        """Whether the best value beats the first and the last one.

        Args:
            standard_errors: See `sweet_spot`.
        """
        worse = self.worse_than_best(standard_errors)
        return bool(worse[0] and worse[-1])

    def worse_than_best(self, standard_errors: float) -> np.ndarray:
        losses = self.accuracy[self.best] - self.accuracy
        seeds = losses.shape[1]
        if seeds == 1:
            return np.zeros(len(losses), bool)
        errors = losses.std(axis=1, ddof=1) / np.sqrt(seeds)
        return losses.mean(axis=1) > standard_errors * errors

    @property
    def best(self) -> int:
        return int(self.accuracy.mean(axis=1).argmax())

    def neighborhood(self, standard_errors: float) -> tuple[int, int, int]:
        worse = self.worse_than_best(standard_errors)
        best = low = high = self.best
        while low > 0 and not worse[low - 1]:
            low -= 1
        while high < len(worse) - 1 and not worse[high + 1]:
            high += 1
        return best, low, high

    def to_dict(self) -> dict[str, Any]:
        """Returns the sweep as a dictionary that `json.dump` takes."""
        return {
            "name": self.name,
            "values": plain(list(self.values)),
            "mutual_information": self.mutual_information.tolist(),
            "accuracy": self.accuracy.tolist(),
            "untrained": self.untrained.tolist(),
            "settings": plain(self.settings),
        }

    def __str__(self) -> str:
        width = max(len(str(cell)) for cell in (self.name, *self.values))
        width = max(width, len("untrained"))
        lines = [f"{self.name:>{width}}  {'I_NCE, nats':>15}  accuracy, %"]
        rows = zip(
            self.values, self.mutual_information, self.accuracy, strict=True
        )
        for value, information, accuracy in rows:
            lines.append(
                f"{value!s:>{width}}  {spread(information, 3):>15}  "
                f"{spread(100 * accuracy, 2)}"
            )
        untrained = spread(100 * self.untrained, 2)
        lines.append(f"{'untrained':>{width}}  {'':>15}  {untrained}")
        return "\n".join(lines)


def spread(values: np.ndarray, digits: int) -> str:
    mean = f"{values.mean():.{digits}f}"
    if len(values) == 1:
        return mean
    return f"{mean} ± {values.std(ddof=1):.{digits}f}"

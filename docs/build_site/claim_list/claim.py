"""What a claim is, and the runs on either side of it."""

import dataclasses
from collections.abc import Callable
from typing import Any

SHAPES, FASHION, DRAWINGS = "shapes", "fashion_mnist", "drawings"
SEEN = 640_000


@dataclasses.dataclass(frozen=True)
class Side:
    """One side of a comparison: a row, and what is read of it.

    Attributes:
        row: Name of the row.
        key: Name of a result of its runs, or a function of a run.
        seen, batch: Number of images of the training and of a step; `None` for
            runs of `infomin.py`, `transfer.py` and `displacement.py`.
        knob: The setting, where a row has runs with several.
    """

    row: str
    key: str | Callable[[dict], Any] = "linear"
    seen: int | None = SEEN
    batch: int | None = 256
    knob: float | None = None

    def read(self, run):
        if callable(self.key):
            return self.key(run)
        return run.get(self.key)


@dataclasses.dataclass(frozen=True)
class Claim:
    """What a paper says, and the difference that would show it.

    Attributes:
        text: The claim.
        short: The same in few words, for the figure.
        theirs: The paper's figure, and where it stands.
        better, worse: Two `Side`s, or a number for `worse`.
        data: Names of data sets.
        points: Whether the values are accuracies.
        by: Which benchmark runs it, with its arguments.
        tested: Whether it says that one side is above the other.
    """

    text: str
    short: str
    theirs: str
    better: Side
    worse: Side | float
    data: tuple[str, ...] = (SHAPES,)
    points: bool = True
    by: str = "methods.py"
    tested: bool = True

    @property
    def of_the_same_runs(self):
        """Whether both sides are read of the same runs."""
        if not isinstance(self.worse, Side):
            return True
        return dataclasses.replace(self.worse, key=None) == dataclasses.replace(
            self.better, key=None
        )


def elsewhere(row, key="accuracy"):
    """A side of runs that know no number of images."""
    return Side(row, key, seen=None, batch=None)


SIMCLR = Side("SimCLR")
BOTH = SHAPES, FASHION
ALL = *BOTH, DRAWINGS

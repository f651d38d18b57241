"""What a claim is, and the runs on either side of it."""

import dataclasses
from collections.abc import Callable
from typing import Any

SHAPES, FASHION, DRAWINGS = "shapes", "fashion_mnist", "drawings"
SEEN = 640_000


@dataclasses.dataclass(frozen=True)
class Side:
    """One side of a comparison: a row, and what is read of it.

    Runs that other benchmarks than `methods.py` made have no `seen`, `batch`
    and `knob`.
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


def other(row, key="accuracy"):
    """A side that is no run of `methods.py`."""
    return Side(row, key, seen=None, batch=None)


SIMCLR = Side("SimCLR")
BOTH = SHAPES, FASHION
ALL = *BOTH, DRAWINGS

"""Writes the page of claims: what papers say, and what runs here say.

Reads what `methods.py`, `claims.py` and `ft.py` of the benchmarks have found.
"""

import dataclasses
import functools
import json
import pathlib
import statistics
from collections.abc import Callable
from typing import Any

import recorded

BENCHMARKS = pathlib.Path(__file__).parents[2] / "benchmarks"
FILES = "methods.json", "claims.json", "ft.json"
# Of Student's t, two-sided, 95 %, by degrees of freedom.
STUDENT = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776}
SHAPES, FASHION, DRAWINGS = "shapes", "fashion_mnist", "drawings"
SIDES = {SHAPES: 16, FASHION: 16, DRAWINGS: 32}
SEEN = 640_000
COMMANDS = {
    "methods": "python benchmarks/methods.py",
    "claims": "python benchmarks/claims.py",
}


@dataclasses.dataclass(frozen=True)
class Side:
    """One side of a comparison: a row, and what is read of it."""

    row: str
    key: str | Callable[[dict], Any] = "linear"
    seen: int = SEEN
    batch: int = 256

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
        by: Which benchmark runs it.
        tested: Whether it says that one side is above the other.
    """

    text: str
    short: str
    theirs: str
    better: Side
    worse: Side | float
    data: tuple[str, ...] = (SHAPES,)
    points: bool = True
    by: str = "methods"
    tested: bool = True


def task_mean(run):
    return run.get("tasks", {}).get("mean")


def relative(run):
    return run.get("equivariance", {}).get("relative")


SIMCLR = Side("SimCLR")
BOTH = SHAPES, FASHION
CLAIMS = {
    "SimCLR": (
        Claim(
            "Crops and colors together beat crops alone",
            "crops and colors over crops",
            "No single transformation suffices (section 3.1)",
            SIMCLR,
            Side("SimCLR, crops alone"),
            BOTH,
            by="claims",
        ),
        Claim(
            "... and colors alone",
            "... over colors",
            "the same",
            SIMCLR,
            Side("SimCLR, color alone"),
            BOTH,
            by="claims",
        ),
        Claim(
            "A nonlinear head beats a linear one",
            "nonlinear head over linear",
            "About 3 points (section 4.2)",
            SIMCLR,
            Side("SimCLR, linear head"),
            BOTH,
            by="claims",
        ),
        Claim(
            "... and none",
            "... over none",
            "More than 10 points (section 4.2)",
            SIMCLR,
            Side("SimCLR, no head"),
            BOTH,
            by="claims",
        ),
        Claim(
            "Features before the head beat those after",
            "before the head over after",
            "More than 10 points (section 4.2)",
            SIMCLR,
            Side("SimCLR", "head_linear"),
            BOTH,
        ),
        Claim(
            "... where the head ends in 16 numbers instead of 128",
            "... head of 16 numbers",
            "Size of the projections, 32 to 2,048, hardly matters (figure 8)",
            Side("SimCLR, 16 projections"),
            Side("SimCLR, 16 projections", "head_linear"),
            by="claims",
        ),
        Claim(
            "A larger batch helps short trainings: 1,024 against 64",
            "batch 1,024 over 64",
            "62.8 % at 256, 64.5 % at 4,096 after 100 epochs, rate by the "
            "root of the batch (table B.1)",
            Side("SimCLR", seen=160_000, batch=1024),
            Side("SimCLR", seen=160_000, batch=64),
            by="claims",
        ),
        Claim(
            "Longer trainings help: eight times",
            "eight times as long",
            "64.5 % after 100, 69.1 % after 800 epochs (table B.1)",
            SIMCLR,
            Side("SimCLR", seen=80_000),
            by="claims",
        ),
        Claim(
            "1 % of the labels: fine-tuning beats training from scratch, equal "
            "steps",
            "fine-tuned over scratch, 1 %",
            "48.3 % against 25.4 %",
            Side("SimCLR", "labels 1%"),
            Side("random encoder", "labels 1%"),
            BOTH,
        ),
        Claim(
            "10 % of the labels: the same",
            "fine-tuned over scratch, 10 %",
            "65.6 % against 56.4 %",
            Side("SimCLR", "labels 10%"),
            Side("random encoder", "labels 10%"),
            BOTH,
        ),
        Claim(
            "How far linear evaluation is from supervised training, equal "
            "steps",
            "linear over supervised",
            "69.3 % against 76.5 %, and 76.5 % four times as wide",
            SIMCLR,
            Side("supervised", "classifier"),
            BOTH,
            tested=False,
        ),
    ),
    "InfoMin": (
        Claim(
            "Stronger views help MoCo: those of v2 against v1",
            "views of v2 over v1",
            "60.8 % with v1, 67.5 % with v2",
            Side("MoCo, views of MoCo v2"),
            Side("MoCo, views of MoCo v1"),
            (DRAWINGS,),
            by="claims",
        ),
        Claim(
            "... and InfoMin's against v2's",
            "InfoMin's over v2's",
            "67.5 % with v2, 70.1 % with InfoMin's",
            Side("MoCo, views of InfoMin"),
            Side("MoCo, views of MoCo v2"),
            (DRAWINGS,),
            by="claims",
        ),
    ),
    "EquiMod": (
        Claim(
            "Parameters of views can be read from SimCLR's features, R2",
            "parameters, SimCLR",
            "They keep what views change (abstract)",
            Side("SimCLR, EquiMod", "parameters"),
            Side("SimCLR", "parameters"),
            points=False,
        ),
        Claim(
            "... from BYOL's",
            "parameters, BYOL",
            "the same",
            Side("BYOL, EquiMod", "parameters"),
            Side("BYOL", "parameters"),
            points=False,
        ),
        Claim(
            "It brings colors back to SimCLR",
            "colors, SimCLR",
            "the same",
            Side("SimCLR, EquiMod", "color"),
            Side("SimCLR", "color"),
        ),
        Claim(
            "... and to BYOL",
            "colors, BYOL",
            "the same",
            Side("BYOL, EquiMod", "color"),
            Side("BYOL", "color"),
        ),
        Claim(
            "SimCLR's accuracy rises",
            "accuracy, SimCLR",
            "90.96 to 92.79 % on CIFAR-10 (table 1)",
            Side("SimCLR, EquiMod"),
            SIMCLR,
            BOTH,
        ),
        Claim(
            "BYOL's accuracy rises",
            "accuracy, BYOL",
            "90.44 to 91.57 % on CIFAR-10 (table 1)",
            Side("BYOL, EquiMod"),
            Side("BYOL"),
            BOTH,
        ),
        Claim(
            "It does not collapse to invariance: relative equivariance on "
            "held-out images, SimCLR",
            "equivariance, SimCLR",
            "above 1 beats saying that nothing moves",
            Side("SimCLR, EquiMod", relative),
            1.0,
            points=False,
        ),
        Claim(
            "... BYOL",
            "equivariance, BYOL",
            "the same",
            Side("BYOL, EquiMod", relative),
            1.0,
            points=False,
        ),
    ),
    "FT": (
        Claim(
            "Both transforms help MoCo v1",
            "both on MoCo v1",
            "60.6 to 61.9 % on ImageNet, 200 epochs",
            Side("MoCo v1, FT"),
            Side("MoCo v1"),
            BOTH,
        ),
        Claim(
            "... and MoCo v2",
            "both on MoCo v2",
            "67.5 to 69.6 %",
            Side("MoCo, FT"),
            Side("MoCo"),
            BOTH,
        ),
        Claim(
            "... where both have a setting of their own",
            "... each at its setting",
            "the same",
            Side("MoCo, FT, own setting"),
            Side("MoCo"),
        ),
        Claim(
            "Features are less biased to one task: mean of seven tasks, v1",
            "seven tasks, v1",
            "Less bias to one task (abstract)",
            Side("MoCo v1, FT", task_mean),
            Side("MoCo v1", task_mean),
        ),
        Claim(
            "... v2",
            "seven tasks, v2",
            "the same",
            Side("MoCo, FT", task_mean),
            Side("MoCo", task_mean),
        ),
    ),
    "MIO": (
        Claim(
            "Above SimCLR at equal budget",
            "over SimCLR",
            "85.44 % on CIFAR-10 after 250 epochs (version 1, abstract)",
            Side("MIO"),
            SIMCLR,
            BOTH,
        ),
    ),
}


def table(paper):
    heads = "Claim", "Paper", "Here", "Verdict", "CPU minutes", "Command"
    lines = ["| " + " | ".join(heads) + " |", "|:--" * 4 + "|--:|:--|"]
    runs = all_runs()
    for claim in CLAIMS[paper]:
        for data in claim.data:
            judged = judge(claim, data, runs)
            here, verdict, minutes = "–", "not run", ""
            if judged is not None:
                here = judged.told(claim.points)
                verdict = judged.verdict if claim.tested else ""
                minutes = f"{judged.minutes:.0f}"
            cells = [
                claim.text,
                claim.theirs,
                f"{recorded.TITLES[data]}: {here}",
                verdict,
                minutes,
                f"`{COMMANDS[claim.by]}`",
            ]
            lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def all_runs():
    """Tests of all files."""
    found = []
    for path in (BENCHMARKS / name for name in FILES):
        if path.exists():
            found += json.loads(path.read_text())["runs"]
    return [run for run in found if run["part"] == "test"]


@dataclasses.dataclass(frozen=True)
class Judged:
    """What was found for a claim: both means, their difference, its half."""

    first: float
    second: float
    mean: float
    half: float
    seeds: int
    minutes: float

    @property
    def verdict(self):
        if self.mean - self.half > 0:
            return "**shown**"
        if self.mean + self.half < 0:
            return "**the opposite**"
        return "not shown"

    def told(self, points):
        values = self.first, self.second, self.mean
        values = *values, self.mean - self.half, self.mean + self.half
        first, second, mean, low, high = (
            100 * x if points else x for x in values
        )
        if points:
            return (
                f"{first:.1f} against {second:.1f} %, {mean:+.1f} ({low:.1f} "
                f"to {high:.1f}), {self.seeds} seeds"
            )
        return (
            f"{first:.2f} against {second:.2f}, {mean:+.2f} ({low:.2f} to "
            f"{high:.2f}), {self.seeds} seeds"
        )


def judge(claim, data, runs):
    """What the seeds that both sides have say, or None below two."""
    first = by_seed(claim.better, data, runs)
    if isinstance(claim.worse, Side):
        second = by_seed(claim.worse, data, runs)
    else:
        second = {seed: (claim.worse, 0) for seed in first}
    seeds = sorted(set(first) & set(second))
    if len(seeds) < 2:
        return None
    pairs = [(first[seed][0], second[seed][0]) for seed in seeds]
    minutes = sum(first[seed][1] + second[seed][1] for seed in seeds) / 60
    return Judged(
        *(statistics.mean(values) for values in zip(*pairs, strict=True)),
        *gain_of([a - b for a, b in pairs]),
        len(seeds),
        minutes,
    )


def gain_of(gains):
    """Mean of differences, and half of its 95 % interval."""
    error = statistics.stdev(gains) / len(gains) ** 0.5
    return statistics.mean(gains), STUDENT[len(gains) - 1] * error


def by_seed(side, data, runs):
    """Value and CPU seconds by seed."""
    wanted = {
        "row": side.row,
        "data": data,
        "side": SIDES[data],
        "seen": side.seen,
        "batch": side.batch,
    }
    found = {}
    for run in runs:
        value = side.read(run)
        if wanted.items() <= run.items() and value is not None:
            found.setdefault(run["seed"], (value, run["seconds"]))
    return found


TEXTS = {
    f"claims of {paper}": functools.partial(table, paper) for paper in CLAIMS
}

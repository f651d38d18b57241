"""The claims of the five papers, and which runs judge them."""

import dataclasses
from collections.abc import Callable
from typing import Any

SHAPES, FASHION, DRAWINGS = "shapes", "fashion_mnist", "drawings"
SEEN = 640_000


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
ALL = *BOTH, DRAWINGS
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
            ALL,
        ),
        Claim(
            "... where the head ends in 16 numbers instead of 128",
            "... head of 16 numbers",
            "the same; with 32 to 2,048 projections (figure 8)",
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
            ALL,
        ),
        Claim(
            "10 % of the labels: the same",
            "fine-tuned over scratch, 10 %",
            "65.6 % against 56.4 %",
            Side("SimCLR", "labels 10%"),
            Side("random encoder", "labels 10%"),
            ALL,
        ),
        Claim(
            "How far linear evaluation is from supervised training, equal "
            "steps",
            "linear over supervised",
            "69.3 % against 76.5 %, and 76.5 % four times as wide",
            SIMCLR,
            Side("supervised", "classifier"),
            ALL,
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
            ALL,
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
            ALL,
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
            ALL,
        ),
    ),
}

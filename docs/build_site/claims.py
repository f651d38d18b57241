"""Writes the page of claims: what papers say, and what runs here say.

Reads what the benchmarks have found.
"""

import dataclasses
import functools
import math
import statistics

from claim_list import CLAIMS
from claim_list.claim import DRAWINGS, FASHION, SHAPES, Side
from claim_runs import TITLES, all_runs

# Of Student's t, two-sided, 95 %, by degrees of freedom.
STUDENT = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776}
SIDES = {SHAPES: 16, FASHION: 16, DRAWINGS: 32}


def table(paper):
    heads = "Claim", "Paper", "Here", "Verdict", "CPU minutes", "Run by"
    lines = ["| " + " | ".join(heads) + " |", "|:--" * 4 + "|--:|:--|"]
    runs = all_runs()
    for claim in CLAIMS[paper]:
        for data in claim.data:
            judged = judge(claim, data, runs)
            here, verdict, minutes = "–", "not run", ""
            if judged is not None:
                here = judged.told(claim.points)
                verdict = judged.verdict if claim.tested else "–"
                if judged.minutes:
                    minutes = f"{judged.minutes:.0f}"
            cells = [
                claim.text,
                claim.theirs,
                f"{TITLES[data]}: {here}",
                verdict,
                minutes,
                # Lines break between the script and its options.
                f"`{claim.by}`".replace(" --", "` `--"),
            ]
            lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


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
        if self.seeds == 1:
            return "one seed"
        if self.mean - self.half > 0:
            return "**shown**"
        if self.mean + self.half < 0:
            return "**the opposite**"
        return "not shown"

    def told(self, points):
        scale, digits, unit = (100, 1, " %") if points else (1, 2, "")
        first, second, mean, half = (
            scale * x for x in (self.first, self.second, self.mean, self.half)
        )
        found = (
            f"{first:.{digits}f} against {second:.{digits}f}{unit}, "
            f"{mean:+.{digits}f}"
        )
        if self.seeds == 1:
            return found
        low, high = mean - half, mean + half
        return (
            f"{found} ({low:.{digits}f} to {high:.{digits}f}), "
            f"{self.seeds} seeds"
        )


def judge(claim, data, runs):
    """What the seeds that both sides have say, or None without any."""
    first = by_seed(claim.better, data, runs)
    if isinstance(claim.worse, Side):
        second = by_seed(claim.worse, data, runs)
    else:
        second = {seed: (claim.worse, 0) for seed in first}
    seeds = sorted(set(first) & set(second))
    if not seeds:
        return None
    pairs = [(first[seed][0], second[seed][0]) for seed in seeds]
    seconds = sum(first[seed][1] for seed in seeds)
    if not claim.of_the_same_runs:
        seconds += sum(second[seed][1] for seed in seeds)
    return Judged(
        *(statistics.mean(values) for values in zip(*pairs, strict=True)),
        *gain_of([a - b for a, b in pairs]),
        len(seeds),
        seconds / 60,
    )


def gain_of(gains):
    """Mean of differences, and half of its 95 % interval."""
    if len(gains) == 1:
        return gains[0], math.inf
    error = statistics.stdev(gains) / len(gains) ** 0.5
    return statistics.mean(gains), STUDENT[len(gains) - 1] * error


def by_seed(side, data, runs):
    """Value and CPU seconds by seed."""
    wanted = {
        "row": side.row,
        "data": data,
        "side": SIDES.get(data),
        "seen": side.seen,
        "batch": side.batch,
    }
    if side.knob is not None:
        wanted["knob"] = side.knob
    found = {}
    for run in runs:
        if any(run.get(name) != value for name, value in wanted.items()):
            continue
        value = side.read(run)
        if value is not None:
            found.setdefault(run["seed"], (value, run.get("seconds", 0)))
    return found


TEXTS = {
    f"claims of {paper}": functools.partial(table, paper) for paper in CLAIMS
}

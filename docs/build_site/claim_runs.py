"""The runs that judge claims, from the records of all benchmarks.

Each is a dictionary with `row`, `data`, `seed` and what was measured.
"""

import json
import pathlib

import recorded

BENCHMARKS = pathlib.Path(__file__).parents[2] / "benchmarks"
RECORDS = "methods.json", "claims.json", "ft.json"
PAIRS, MIXTURES, RECOLORED = "pairs", "mixtures", "recolored"
LARGE, STEP = "large shapes", "one step"
TITLES = recorded.TITLES | {
    PAIRS: "Pairs of generated shapes",
    MIXTURES: "Mixtures of garments",
    RECOLORED: "Generated shapes, recolored",
    LARGE: "Generated shapes, 64 pixels",
    STEP: "One step on generated shapes",
}


def all_runs():
    runs = [
        run
        for name in RECORDS
        for run in read(name).get("runs", [])
        if run["part"] == "test"
    ]
    return [*runs, *shared_factors(), *colors(), *other_tasks(), *steps()]


def read(name):
    path = BENCHMARKS / name
    return json.loads(path.read_text()) if path.exists() else {}


def shared_factors():
    """Of `infomin.py --parts ladder`, by what pairs share."""
    for name, found in read("infomin/ladder.json").get("runs", {}).items():
        row, seed = name.split(" seed ")
        yield {"row": row, "data": PAIRS, "seed": int(seed), **found}


def colors():
    """Of `infomin.py --parts colors`, by how channels are split."""
    kinds = {"sources": MIXTURES, "shapes": RECOLORED}
    for name, found in read("infomin/colors.json").items():
        kind, row = name.split(", ", 1)
        run = {"row": row, "data": kinds[kind]}
        for seed, accuracy in enumerate(found["accuracy"]):
            yield {**run, "seed": seed, "accuracy": accuracy}


def other_tasks():
    """Of `transfer.py`, by the encoder's start and the epochs' multiple."""
    record = read("transfer.json")
    for times, budget in ((1, record), (4, record.get("epochs_x4", {}))):
        for task, starts in budget.get("results", {}).items():
            for start, values in starts.items():
                run = {"row": f"{start}, {times}", "data": LARGE}
                for seed, value in enumerate(values):
                    if isinstance(value, dict):
                        value = value.get("AP50")
                    yield {**run, "seed": seed, task: value}


def steps():
    """Of `displacement.py`."""
    for run in read("displacement.json").get("runs", []):
        yield {"row": "MIO", "data": STEP, **run}

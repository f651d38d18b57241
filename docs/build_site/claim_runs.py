"""The runs that judge claims, from the records of all benchmarks.

Each is a dictionary with `row`, `data`, `seed` and what was measured.
"""

import json
import pathlib

import recorded

BENCHMARKS = pathlib.Path(__file__).parents[2] / "benchmarks"
TESTED = "methods.json", "claims.json", "ft.json"
PAIRS, MIXTURES, LARGE, STEP = "pairs", "mixtures", "large shapes", "one step"
TITLES = recorded.TITLES | {
    PAIRS: "Pairs of generated shapes",
    MIXTURES: "Mixtures of garments",
    LARGE: "Generated shapes, 64 pixels",
    STEP: "One step on generated shapes",
}


def all_runs():
    runs = [
        run
        for name in TESTED
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
    for name, found in read("infomin/colors.json").items():
        data, row = name.split(", ", 1)
        if data == "sources":
            for seed, accuracy in enumerate(found["accuracy"]):
                yield {
                    "row": row,
                    "data": MIXTURES,
                    "seed": seed,
                    "accuracy": accuracy,
                }


def other_tasks():
    """Of `transfer.py --epochs 4`, by the encoder's start."""
    results = read("transfer.json").get("epochs_x4", {}).get("results", {})
    for task, starts in results.items():
        for row, found in starts.items():
            for seed, value in enumerate(found):
                if isinstance(value, dict):
                    value = value.get("AP50")
                yield {"row": row, "data": LARGE, "seed": seed, task: value}


def steps():
    """Of `displacement.py`."""
    for run in read("displacement.json").get("runs", []):
        yield {"row": "MIO", "data": STEP, **run}

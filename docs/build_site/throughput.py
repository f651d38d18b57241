"""Writes the rates of views that `benchmarks/views.py` has measured."""

import functools
import json
import pathlib

RESULTS = pathlib.Path(__file__).parents[2] / "benchmarks" / "views.json"
RECIPES, TRANSFORMS = "rates of recipes", "rates of transforms"
LIBRARIES = ("keras-cv", "Keras")
MODES = {
    RECIPES: ("model", "graph", "eager", "host", "jax", "torch", *LIBRARIES),
    TRANSFORMS: ("model", "jax", "torch", *LIBRARIES),
}
TITLES = {"jax": "JAX", "torch": "PyTorch"}


def table(kind):
    modes = MODES[kind]
    heads = ["views@pixels", *(f"over {library}" for library in LIBRARIES)]
    heads += [TITLES.get(mode, mode) for mode in modes]
    lines = ["| " + " | ".join(heads) + " |"]
    lines.append("|:--|" + "--:|" * (len(heads) - 1))
    rates = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for name, row in rates.items():
        # Recipes are functions and transforms are classes.
        if name[0].islower() != (kind == RECIPES):
            continue
        cells = [
            f"{row['model'] / row[library]:.1f} x" if library in row else ""
            for library in LIBRARIES
        ]
        cells += [f"{row[mode]:,}" if mode in row else "" for mode in modes]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


TEXTS = {kind: functools.partial(table, kind) for kind in MODES}

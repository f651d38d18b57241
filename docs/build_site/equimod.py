"""Writes what the modules keep into the page of benchmarks.

Reads what `benchmarks/methods.py` has found.
"""

import statistics

from recorded import tables

COLUMNS = ("", "shape", "color", "mean R2", "absolute", "relative")
ROWS = (
    "raw pixels",
    "random encoder",
    "SimCLR",
    "SimCLR, EquiMod",
    "BYOL",
    "BYOL, EquiMod",
)


def table():
    """Means and sample standard deviations over seeds."""
    found = next((x for x in tables() if x.data == "shapes"), None)
    rows = [name for name in ROWS if found and name in found.runs]
    if not rows:
        return "Not measured."
    lines = ["| " + " | ".join(COLUMNS) + " |", "|:--" + "|--:" * 5 + "|"]
    for name in rows:
        lines.append("| " + " | ".join([name, *cells(found, name)]) + " |")
    return f"{found.title}.\n\n" + "\n".join(lines)


def cells(found, name):
    for key in ("linear", "color"):
        percent = [100 * value for value in found.values(name, key)]
        yield spread(percent, 1, " %")
    yield spread(found.values(name, "parameters"), 3)
    told = found.values(name, "equivariance")
    for measure in ("absolute", "relative"):
        yield spread([each[measure] for each in told], 3)


def spread(values, digits, unit=""):
    if not values:
        return "–"
    mean = f"{statistics.mean(values):.{digits}f}"
    if len(values) == 1:
        return mean + unit
    return f"{mean} ± {statistics.stdev(values):.{digits}f}{unit}"


TEXTS = {"equivariance": table}

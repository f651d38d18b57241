"""Writes what the modules keep into the page of benchmarks.

Reads the file that `benchmarks/equimod.py` writes.
"""

import json
import pathlib
import statistics

import methods

RESULTS = pathlib.Path(__file__).parents[2] / "benchmarks" / "equimod.json"
MARKER = "<!-- equivariance -->"
COLUMNS = ("", "shape", "color", "mean R2", "absolute", "relative")


def on_page_markdown(markdown, **kwargs):
    """Called by MkDocs for each page."""
    if MARKER in markdown:
        markdown = markdown.replace(MARKER, tables())
    return markdown


def tables():
    """One table per set-up: means and sample standard deviations over seeds."""
    if not RESULTS.exists():
        return "Not measured."
    parts = []
    for title, record in json.loads(RESULTS.read_text()).items():
        lines = ["| " + " | ".join(COLUMNS) + " |", "|:--" + "|--:" * 5 + "|"]
        for name, runs in record["rows"].items():
            lines.append("| " + " | ".join([name, *cells(runs)]) + " |")
        parts += [f"`{title}`. {methods.set_up(record)}", "\n".join(lines)]
    return "\n\n".join(parts)


def cells(runs):
    yield spread([100 * run["shape_linear"] for run in runs], 1, " %")
    yield spread([100 * run["color_linear"] for run in runs], 1, " %")
    yield spread(
        [statistics.mean(run["parameters"].values()) for run in runs]
        if "parameters" in runs[0]
        else [],
        3,
    )
    for measure in ("absolute", "relative"):
        yield spread(
            [run["equivariance"][measure] for run in runs]
            if "equivariance" in runs[0]
            else [],
            2,
        )


def spread(values, digits, unit=""):
    if not values:
        return "–"
    mean = f"{statistics.mean(values):.{digits}f}"
    if len(values) > 1:
        mean += f" ± {statistics.stdev(values):.{digits}f}"
    return mean + unit

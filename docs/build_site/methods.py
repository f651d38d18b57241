"""Writes the table of methods into its page, from the cards of the classes.

Recorded accuracies come from the file that `benchmarks/methods.py` writes.
"""

import json
import pathlib
import statistics

RESULTS = pathlib.Path(__file__).parents[2] / "benchmarks" / "methods.json"
MARKER = "<!-- methods table -->"
RECORDED = "<!-- recorded results -->"
COLUMNS = (
    "Method",
    "Idea",
    "Negatives",
    "Momentum branch",
    "Memory",
    "Heads",
    "Loss",
    "Views",
)


def on_page_markdown(markdown, **kwargs):
    """Called by MkDocs for each page."""
    if MARKER in markdown:
        markdown = markdown.replace(MARKER, table())
    if RECORDED in markdown:
        markdown = markdown.replace(RECORDED, recorded())
    return markdown


def table():
    import keras_contrastive

    lines = ["| " + " | ".join(COLUMNS) + " |", "|:--" * len(COLUMNS) + "|"]
    for method in keras_contrastive.methods():
        name, paper = method["name"], method["paper"]
        cells = [
            f"[`{name}`](api/models.md#keras_contrastive.models.{name})",
            f"{method['idea']} [{paper}]({method['url']})",
            method["negatives"],
            "yes" if method["momentum"] else "–",
            method["memory"].replace("none", "–"),
            method["heads"],
            method["loss"],
            method["views"],
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def recorded():
    """One table a data set: accuracies with their spread, and costs."""
    if not RESULTS.exists():
        return "Not measured."
    parts = []
    for record in json.loads(RESULTS.read_text()).values():
        parts += [f"### {record['title']}", record["set_up"]]
        lines = [
            "| | k-NN | linear | a step | peak memory |",
            "|:--|:--|:--|--:|--:|",
        ]
        for name, row in record["rows"].items():
            step = f"{1000 * row['step']:.0f} ms" if "step" in row else "–"
            peak = f"{row['gigabytes']:.1f} GiB" if "step" in row else "–"
            cells = [name, spread(row["knn"]), spread(row["linear"])]
            lines.append("| " + " | ".join([*cells, step, peak]) + " |")
        parts += ["\n".join(lines), f"`{record['command']}`"]
    return "\n\n".join(parts)


def spread(values):
    each = ", ".join(f"{100 * value:.1f}" for value in values)
    mean = f"**{100 * statistics.mean(values):.1f} %**"
    return f"{mean} ({each})" if len(values) > 1 else mean

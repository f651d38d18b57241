"""Writes the table of methods into its page, from their cards.

Recorded accuracies come from the file that `benchmarks/methods.py` writes.
"""

import json
import pathlib
import statistics

import cards

RESULTS = pathlib.Path(__file__).parents[2] / "benchmarks" / "methods.json"
MARKER = "<!-- methods table -->"
RECORDED = "<!-- recorded results -->"
COST = "<!-- cost -->"
KEYS = "knn", "linear"
COLUMNS = ("Method", "Idea", "Negatives", "Keeps")


def on_page_markdown(markdown, **kwargs):
    """Called by MkDocs for each page."""
    if MARKER in markdown:
        markdown = markdown.replace(MARKER, table())
    if RECORDED in markdown:
        markdown = markdown.replace(RECORDED, recorded())
    return markdown.replace(COST, cost()) if COST in markdown else markdown


def table():
    lines = ["| " + " | ".join(COLUMNS) + " |", "|:--" * len(COLUMNS) + "|"]
    for card in cards.cards().values():
        cells = [
            f"[`{card.name}`]({card.page})",
            f"{card.idea} [{card.paper}]({card.url})",
            ", ".join(card.negatives) or "–",
            ", ".join(kept(card)) or "–",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def kept(card):
    """What a method keeps from step to step, besides weights."""
    if card.momentum:
        yield "momentum branch"
    if card.memory != "none":
        yield card.memory


def recorded():
    """One table per data set: accuracies with their spread, and costs."""
    if not RESULTS.exists():
        return "Not measured."
    parts = []
    for record in json.loads(RESULTS.read_text()).values():
        parts += [f"### {record['title']}", set_up(record)]
        rows = record["rows"]
        has_costs = any("step" in row for row in rows.values())
        lines = ["| | k-NN | linear |", "|:--|:--|:--|"]
        if has_costs:
            lines = [
                lines[0] + " one step | peak memory |",
                lines[1] + "--:|--:|",
            ]
        for name, row in rows.items():
            cells = [name, spread(row["knn"]), spread(row["linear"])]
            if has_costs:
                cells += costs(row)
            lines.append("| " + " | ".join(cells) + " |")
        parts += ["\n".join(lines), f"Command: `{record['command']}`"]
    return "\n\n".join(parts)


def costs(row):
    if "step" not in row:
        return "–", "–"
    return f"{1000 * row['step']:.0f} ms", f"{row['gigabytes']:.1f} GiB"


def set_up(record):
    """How a record was made, with the name of the backend in full."""
    return record["set_up"].replace("on tensorflow", "on TensorFlow")


def cost():
    """Time and memory of a step over those of SimCLR, cheapest first."""
    if not RESULTS.exists():
        return "Not measured."
    parts = []
    for record in json.loads(RESULTS.read_text()).values():
        rows = {n: r for n, r in record["rows"].items() if "step" in r}
        if "SimCLR" not in rows:
            continue
        lines = ["| A step of | time | peak memory |", "|:--|--:|--:|"]
        for name in sorted(rows, key=lambda name: rows[name]["step"]):
            row, base = rows[name], rows["SimCLR"]
            time, memory = (row[k] / base[k] for k in ("step", "gigabytes"))
            lines.append(f"| {name} | {time:.2f} | {memory:.2f} |")
        parts += [
            "Time and memory of a training step as multiples of SimCLR's: "
            f"256 images, {record['title'].lower()}, small encoder and heads. "
            + set_up(record).partition(". ")[2],
            "\n".join(lines),
            f"Command: `{record['command']} --costs`",
        ]
    return "\n\n".join(parts) or "Not measured."


def spread(values):
    each = ", ".join(f"{100 * value:.1f}" for value in values)
    mean = f"**{100 * statistics.mean(values):.1f} %**"
    return f"{mean} ({each})" if len(values) > 1 else mean

"""Writes the table of methods into its page, from their cards.

Recorded accuracies come from the file that `benchmarks/methods.py` writes.
"""

import statistics

import cards
from recorded import spread, tables

KEYS = "knn", "linear"
COLUMNS = ("Method", "Idea", "Negatives", "Keeps")


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
    """One table per kind of pictures, size and budget."""
    parts = []
    for table in tables():
        lines = ["| | k-NN | linear | rate, knob |", "|:--|:--|:--|:--|"]
        for name in table.names():
            accuracies = (spread(table.values(name, key)) for key in KEYS)
            cells = [name, *accuracies, setting(table.runs[name][0])]
            lines.append("| " + " | ".join(cells) + " |")
        title = f"k-NN accuracy: {table.title}"
        picture = f"![{title}](figures/results/{table.figure})"
        parts += [f"### {table.title}", picture, "\n".join(lines)]
        parts.append(f"Command: `{table.command}`. {table.places()}")
    return "\n\n".join(parts) or "Not measured."


def setting(run):
    """What was chosen for a row."""
    chosen = (run["rate"], run["knob"])
    return ", ".join(f"{x:g}" for x in chosen if x is not None) or "–"


def cost():
    """Time and memory of a training over those of SimCLR, cheapest first."""
    for table in tables():
        found = {
            name: [
                statistics.median(table.values(name, key))
                for key in ("fit_seconds", "gigabytes")
            ]
            for name in table.runs
            if table.values(name, "fit_seconds")
        }
        if "SimCLR" not in found:
            continue
        lines = ["| A training with | time | peak memory |", "|:--|--:|--:|"]
        for name, values in sorted(found.items(), key=lambda pair: pair[1]):
            pairs = zip(values, found["SimCLR"], strict=True)
            time, memory = (value / base for value, base in pairs)
            lines.append(f"| {name} | {time:.2f} | {memory:.1f} |")
        return (
            "CPU time and peak memory of whole trainings as multiples of "
            f"SimCLR's: {table.title}, batch 256, small encoder and heads, "
            "median over seeds.\n\n"
            + "\n".join(lines)
            + f"\n\nCommand: `{table.command}`"
        )
    return "Not measured."


TEXTS = {"methods table": table, "recorded results": recorded, "cost": cost}

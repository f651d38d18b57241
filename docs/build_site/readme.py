"""Writes the table of methods with recorded results into the README.

python docs/build_site/readme.py [--check]
"""

import argparse
import json
import pathlib
import re
import statistics

import cards
import methods

COMMAND = "python docs/build_site/readme.py"
README = pathlib.Path(__file__).parents[2] / "README.md"
PLACE = re.compile(r"(<!-- methods -->\n).*?(<!-- end -->)", re.DOTALL)
NAMES = {"shapes": "shapes", "fashion_mnist": "Fashion-MNIST"}
ELSEWHERE = {
    "EquiMod": "[elsewhere](docs/benchmarks.md#equivariance)",
    "LearnedViews": "[elsewhere](docs/benchmarks.md#learned-colors)",
}


def filled(text):
    """The README with the table of today's records."""
    return PLACE.sub(lambda found: found[1] + table() + found[2], text)


def table():
    records = {}
    if methods.RESULTS.exists():
        records = json.loads(methods.RESULTS.read_text())
    rows = {name: records.get(name, {}).get("rows", {}) for name in NAMES}
    heads = ["Method", "Negatives", *map("k-NN, {}".format, NAMES.values())]
    lines = ["| " + " | ".join(heads) + " |", "|:--|:--|--:|--:|"]
    for card in cards.cards().values():
        paper = card.url.rpartition("/")[2]
        cells = [
            f"[`{card.name}`](docs/{card.page}), [{paper}]({card.url})",
            ", ".join(card.negatives) or "none",
            *(accuracy(rows[key], card.name) for key in NAMES),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    for name in ("random encoder", "raw pixels"):
        cells = [name, "", *(accuracy(rows[key], name) for key in NAMES)]
        lines.append("| " + " | ".join(cells) + " |")
    notes = [
        "k-NN accuracy of frozen features, short runs of equal budget:",
        "",
    ]
    for key in filter(records.get, NAMES):
        record = records[key]
        counts = [
            len(row["knn"])
            for name, row in record["rows"].items()
            if name != "raw pixels"
        ]
        low, high = min(counts), max(counts)
        seeds = f"{low}" if low == high else f"{low} to {high}"
        notes.append(
            f"* {NAMES[key]}: `{record['command']}`, mean of {seeds} "
            f"seed{'' if high == 1 else 's'}. {record['set_up']}"
        )
    return "\n".join([*lines, "", *notes]) + "\n"


def accuracy(rows, name):
    if name not in rows:
        return ELSEWHERE.get(name, "not measured")
    return f"{100 * statistics.mean(rows[name]['knn']):.1f} %"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    text = README.read_text()
    if not parser.parse_args().check:
        README.write_text(filled(text))
    elif filled(text) != text:
        parser.exit(1, f"README.md is not up to date: run {COMMAND}\n")


if __name__ == "__main__":
    main()

"""Writes a table of results on real pictures: few rows, for the first page."""

import functools
import statistics

import recorded

KINDS = ("drawings", 32), ("fashion_mnist", 16)
# What a row is called there, and its page.
ROWS = {
    "raw pixels": ("raw pixels", None),
    "random encoder": ("untrained encoder", None),
    "SimCLR": ("SimCLR", "simclr"),
    "SimCLR, EquiMod": ("SimCLR with EquiMod", "equimod"),
    "MIO": ("MIO", "mio"),
    "MoCo": ("MoCo v2", "moco"),
    "MoCo, FT": ("MoCo v2 with feature transformation", "moco"),
    "InfoMin": ("InfoMin", "infomin"),
    "BYOL": ("BYOL", "byol"),
    "supervised": ("trained with labels", None),
}


def table(docs):
    """Few rows, on real pictures; `docs` is where the pages are from there."""
    found = {(x.data, x.side): x for x in reversed(recorded.tables())}
    tables = [found[kind] for kind in KINDS if kind in found]
    if not tables:
        return "Not measured.\n"
    heads, rule = ["Encoder"], "|:--|"
    for each in tables:
        title = recorded.TITLES[each.data]
        heads += [f"{title}: k-NN", "linear"]
        rule += "--:|--:|"
    lines = ["| " + " | ".join(heads) + " |", rule]
    for name, (title, page) in ROWS.items():
        if not any(name in each.runs for each in tables):
            continue
        shown = f"[{title}]({docs}methods/{page}.md)" if page else title
        cells = [shown]
        for each in tables:
            cells += [mean(each, name, key) for key in ("knn", "linear")]
        lines.append("| " + " | ".join(cells) + " |")
    notes = [
        f"* {each.title}: `{each.command}`, {seeds(each)}. {each.places()}"
        for each in tables
    ]
    return "\n".join([*lines, "", *notes]) + "\n"


def mean(each, name, key):
    if name not in each.runs:
        return "not measured"
    values = each.values(name, key)
    return f"{100 * statistics.mean(values):.1f} %"


def seeds(each):
    counts = {
        len(runs)
        for name, runs in each.runs.items()
        if name in ROWS and name != "raw pixels"
    }
    low, high = min(counts, default=1), max(counts, default=1)
    many = f"{low}" if low == high else f"{low} to {high}"
    return f"mean of {many} seed{'' if high == 1 else 's'}"


TEXTS = {
    "results": functools.partial(table, "docs/"),
    "results for the site": functools.partial(table, ""),
}

"""Writes what was measured of processors, and beside lightly."""

import json
import pathlib

BENCHMARKS = pathlib.Path(__file__).parents[2] / "benchmarks"
TITLES = {"tensorflow": "TensorFlow, oneDNN on", "torch": "PyTorch"}
# Measured on 2026-11-28, two epochs of 1,536 images, one after the other.
EARLIER = {
    "AMD EPYC, AVX2": {
        "TensorFlow, oneDNN off": "75",
        "TensorFlow, oneDNN on": "99, 149",
        "PyTorch": "112",
        "JAX": "33",
    }
}


def results(name):
    return json.loads((BENCHMARKS / f"{name}.json").read_text())


def written(heads, rows):
    """A table whose first column is text."""
    lines = ["| " + " | ".join(heads) + " |"]
    lines += ["|:--" + "|--:" * (len(heads) - 1) + "|"]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)


def processors():
    found = results("processor")
    heads = ["images a second"]
    for kind in found:
        heads += [f"{kind}, of CPU seconds", "on the clock"]
    columns = [*found.values(), *EARLIER.values()]
    titles = dict.fromkeys(title for column in columns for title in column)
    rows = []
    for title in titles:
        cells = [title]
        for row in found.values():
            cells += both_clocks(row[title]) if title in row else ["", ""]
        cells += [row.get(title, "") for row in EARLIER.values()]
        rows.append(cells)
    return written([*heads, *(f"{kind}, earlier" for kind in EARLIER)], rows)


def both_clocks(found):
    for clock in ("cpu", "wall"):
        yield f"{found[clock]:.0f} ({found[f'{clock}_ratio']:.2f} ×)"


def sides():
    heads = [
        "",
        "images a second, on the clock",
        "over lightly",
        "of CPU seconds",
        "over lightly",
        "first epoch",
        "k-NN",
    ]
    rows = []
    for case, result in results("against_lightly").items():
        found = result["sides"]
        for side, row in found.items():
            cells = [f"{case}, {TITLES.get(side, side)}"]
            for clock in ("wall", "cpu"):
                ratio = row[clock] / found["lightly"][clock]
                cells += [f"{row[clock]:.3g}", f"{ratio:.2f}"]
            cells += [f"{row['first_epoch_seconds']:.0f} s"]
            cells += [f"{row['knn']:.1%}" if "knn" in row else ""]
            rows.append(cells)
    return written(heads, rows)


TEXTS = {"processor": processors, "against lightly": sides}

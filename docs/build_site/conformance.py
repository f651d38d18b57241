"""Writes the conformance table of the last test runs into its page.

`.ci/full` leaves one file per run in `tests/conformance/reports`, which are
committed, and other runs of the tests theirs in `build/conformance`, which are
newer. What is in no file has not been run.
"""

import json
import pathlib
import re

ROOT = pathlib.Path(__file__).parents[2]
RUNS = (ROOT / "tests" / "conformance" / "reports", ROOT / "build/conformance")
ROWS = ROOT / "tests" / "conformance" / "methods.py"
BACKENDS = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}
COLUMNS = (
    "value",
    "gradient",
    "scores",
    "half precision",
    "extreme values",
    "eager = jit",
    "backends agree",
    "replicas agree",
    ".keras round trip",
    "state",
    "bad input",
    "learning",
)
# A check that a backend skips is one that does not apply there.
WORDS = {"passed": "✓", "failed": "**failed**", "skipped": "–"}
MARKER = "<!-- conformance table -->"


def on_page_markdown(markdown, **kwargs):
    """Called by MkDocs for each page."""
    return markdown.replace(MARKER, table()) if MARKER in markdown else markdown


def table():
    lines = ["| Method | " + " | ".join(COLUMNS) + " |"]
    lines.append("|:--|" + ":-:|" * len(COLUMNS))
    for method in methods():
        for backend, name in BACKENDS.items():
            cells = read_cells(backend).get(method, {})
            words = [WORDS.get(cells.get(c), "not run") for c in COLUMNS]
            lines.append(f"| {method}, {name} | " + " | ".join(words) + " |")
    return "\n".join(lines) + "\n\n" + versions()


def methods():
    return re.findall(r'^    "(.+)": Row\(', ROWS.read_text(), re.MULTILINE)


def read_runs(backend):
    """Reports of a backend: usual runs, and those in float64."""
    names = [f"{backend}{suffix}.json" for suffix in ("", "-float64")]
    paths = [folder / name for folder in RUNS for name in names]
    return [json.loads(path.read_text()) for path in paths if path.exists()]


def read_cells(backend):
    cells = {}
    for run in read_runs(backend):
        for method, columns in run["cells"].items():
            cells.setdefault(method, {}).update(columns)
    return cells


def versions():
    found = {
        f"{package} {version}"
        for backend in BACKENDS
        for run in read_runs(backend)
        for package, version in run["versions"].items()
    }
    dates = {run["date"] for name in BACKENDS for run in read_runs(name)}
    if not dates:
        return ""
    days = " to ".join(sorted({min(dates), max(dates)}))
    return f"Run on {days} with {', '.join(sorted(found))}."

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
    "blocks",
    "micro-batches",
    "learning",
)
# A check that a backend skips is one that does not apply there.
WORDS = {"passed": "✓", "failed": "**failed**", "skipped": "–"}
MARKER = "<!-- conformance table -->"
REPLICAS_MARKER = "<!-- replicas table -->"
PROCESSES_MARKER = "<!-- processes table -->"
COUNTS = ("2", "4", "8")


def on_page_markdown(markdown, **kwargs):
    """Called by MkDocs for each page."""
    if MARKER in markdown:
        markdown = markdown.replace(MARKER, table())
        markdown = markdown.replace(REPLICAS_MARKER, replicas_table())
        markdown = markdown.replace(PROCESSES_MARKER, processes_table())
    return markdown


def table():
    lines = ["| Method | " + " | ".join(COLUMNS) + " |"]
    lines.append("|:--|" + ":-:|" * len(COLUMNS))
    for method in methods():
        for backend, name in BACKENDS.items():
            cells = read_cells(backend).get(method, {})
            words = [WORDS.get(cells.get(c), "not run") for c in COLUMNS]
            lines.append(f"| {method}, {name} | " + " | ".join(words) + " |")
    return "\n".join(lines) + "\n\n" + versions()


def replicas_table():
    """Largest difference after five steps, as `.ci/replicas` reports it."""
    runs = {
        name: json.loads(path.read_text())
        for backend, name in BACKENDS.items()
        if (path := RUNS[0] / f"replicas-{backend}.json").exists()
    }
    heads = [f"{name}, {count}" for name in runs for count in COUNTS]
    lines = ["| Method | " + " | ".join(heads) + " |"]
    lines.append("|:--|" + "--:|" * len(heads))
    for method in methods():
        cells = [run["errors"].get(method, {}) for run in runs.values()]
        words = [
            f"{cell[count][-1]:.0e}" if count in cell else "not run"
            for cell in cells
            for count in COUNTS
        ]
        lines.append(f"| {method} | " + " | ".join(words) + " |")
    days = ", ".join(f"{name} on {run['date']}" for name, run in runs.items())
    return "\n".join(lines) + f"\n\nRun by `.ci/replicas`: {days}."


def processes_table():
    """The same for processes of JAX, and for one that feeds the same rows."""
    path = RUNS[0] / "processes-jax.json"
    if not path.exists():
        return "Not run."
    run = json.loads(path.read_text())
    lines = ["| Method | 2 processes | 4 processes | 2, the same rows |"]
    lines.append("|:--|--:|--:|--:|")
    for method in methods():
        cells = run["errors"].get(method, {})
        words = [
            f"{cells[head]:.0e}" if head in cells else "not run"
            for head in ("2", "4", "same rows")
        ]
        lines.append(f"| {method} | " + " | ".join(words) + " |")
    return "\n".join(lines) + (
        "\n\nRun by `KERAS_BACKEND=jax python -m tests.distribution.measure` "
        f"on {run['date']}."
    )


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

"""The conformance table, from the committed reports of test runs.

With `KERAS_CONTRASTIVE_REPORT=tests/conformance/reports` a run of the tests
writes what it has found into the file of its backend, and leaves there what it
has not run: each cell says when and at which commit it was found. What is in no
file has not been run.
"""

import json
import pathlib
import re

ROOT = pathlib.Path(__file__).parents[2]
REPORTS = ROOT / "tests" / "conformance" / "reports"
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
COUNTS = ("2", "4", "8")


def table():
    lines = ["| Method | " + " | ".join(COLUMNS) + " |"]
    lines.append("|:--|" + ":-:|" * len(COLUMNS))
    shown = []
    for method in methods():
        for backend, name in BACKENDS.items():
            cells = read_cells(backend).get(method, {})
            found = [cells[column] for column in COLUMNS if column in cells]
            shown += found
            words = [
                WORDS[cells[column]["outcome"]]
                if column in cells
                else "not run"
                for column in COLUMNS
            ]
            lines.append(f"| {method}, {name} | " + " | ".join(words) + " |")
    return "\n".join(lines) + "\n\n" + told(shown)


def replicas_table():
    """Largest difference after five steps, as `.ci/replicas` reports it."""
    runs = {
        name: json.loads(path.read_text())
        for backend, name in BACKENDS.items()
        if (path := REPORTS / f"replicas-{backend}.json").exists()
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
    path = REPORTS / "processes-jax.json"
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


def read_cells(backend):
    """Cells by method and column: of usual runs, and of those in float64."""
    cells = {}
    for suffix in ("", "-float64"):
        path = REPORTS / f"{backend}{suffix}.json"
        if path.exists():
            for method, columns in json.loads(path.read_text()).items():
                cells.setdefault(method, {}).update(columns)
    return cells


def told(cells):
    """How many were found when, at which commits and with which Keras."""
    if not cells:
        return ""
    days = sorted({cell["date"] for cell in cells})
    commits = sorted({cell["commit"] for cell in cells})
    versions = sorted({cell["keras"] for cell in cells})
    when = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
    return (
        f"{len(cells)} cells, run from {when} at the commits "
        f"{', '.join(commits)} with Keras {', '.join(versions)}; those of each "
        "cell are in `tests/conformance/reports`."
    )


TEXTS = {
    "conformance table": table,
    "replicas table": replicas_table,
    "processes table": processes_table,
}

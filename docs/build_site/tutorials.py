"""Makes a page of each script in `tutorials/`, and the table of them.

Text cells become text and code cells code, with what they printed and drew in
the run that `tutorials/execute.py` recorded. What a tutorial claims stands in
its first cell, and the assertions at its end hold it to that.
"""

import ast
import pathlib
import re
import sys

import jupytext
import nbformat
from mkdocs.structure.files import File

sys.path.append(str(pathlib.Path(__file__).parents[2] / "tutorials"))
import build_notebooks  # noqa: E402

NOTEBOOK = re.compile(r"\]\(\.\./tutorials/(?:executed/)?(\w+)\.ipynb\)")
COLUMNS = ("Tutorial", "Takes", "Result", "Fails unless")
# The order in which they are best read; others follow.
ORDER = (
    "quickstart",
    "simclr_cifar10",
    "methods_tour",
    "good_views",
    "learned_views",
    "equimod",
    "feature_transformation",
    "mio",
    "few_labels",
    "transfer",
    "several_devices",
    "your_own_parts",
    "adding_a_method",
)


def on_config(config, **kwargs):
    """Called by MkDocs first of all: the navigation lists the pages."""
    for entry in config.nav:
        if "Tutorials" in entry:
            entry["Tutorials"] += [page_of(script) for script in scripts()]


def on_files(files, config, **kwargs):
    """Called by MkDocs once it has found the files."""
    for script in scripts():
        content = page(script)
        files.append(File.generated(config, page_of(script), content=content))


def on_page_markdown(markdown, **kwargs):
    """Called by MkDocs for each page: links to notebooks become those to pages.

    Where the Markdown is read without the site, notebooks are what there is.
    """
    return NOTEBOOK.sub(r"](tutorials/\1.md)", markdown)


def scripts():
    found = {path.stem: path for path in build_notebooks.scripts().values()}
    names = sorted(found, key=lambda n: (n not in ORDER, (*ORDER, n).index(n)))
    return [found[name] for name in names]


def page_of(script):
    return f"tutorials/{script.stem}.md"


def notebook_of(script):
    """Where it can be read, with outputs if there are any."""
    run = script.parent / "executed" / f"{script.stem}.ipynb"
    folder = "tutorials/executed" if run.exists() else "tutorials"
    return f"../{folder}/{script.stem}.ipynb"


def page(script):
    """A tutorial as Markdown, its links to the guides those of the site."""
    parts, codes, run = [], [], recorded(script)
    outputs = {cell.source: cell.outputs for cell in code_cells(run)}
    for cell in filter(build_notebooks.is_shown, jupytext.read(script).cells):
        if cell.cell_type == "markdown":
            parts.append(cell.source.replace("](../docs/", "](../"))
        else:
            codes.append(cell.source)
            parts.append(f"````py\n{cell.source}\n````")
            parts += map(shown, outputs.get(cell.source, []))
    title, _, rest = "\n\n".join(parts).partition("\n")
    heading = f"{title}\n\n{badge(script)}\n\n{note(run, codes)}"
    return f"{heading}\n{rest}\n"


def recorded(script):
    """The notebook of a run, or None."""
    path = script.parent / "executed" / f"{script.stem}.ipynb"
    return nbformat.read(path, as_version=4) if path.exists() else None


def code_cells(run):
    """Those of the tutorial: the first one of a notebook installs."""
    cells = run.cells if run else []
    return [cell for cell in cells if cell.cell_type == "code"][1:]


def note(run, codes):
    """What the outputs of the page are those of."""
    if run is None:
        return "*No run of this tutorial is recorded.*"
    where = run.metadata["run"]
    versions = ", ".join(f"{k} {v}" for k, v in where["versions"].items())
    text = (
        f"Outputs are those of a run on {where['date']}: {where['minutes']} "
        f"minutes, of them {where['computing']} of computing, on "
        f"{where['cores']} cores ({where['processor']}), {versions}."
    )
    if codes != [cell.source for cell in code_cells(run)]:
        text += (
            " The code has changed since; changed cells stand without output."
        )
    return f"*{text}*"


def shown(output):
    """An output as Markdown."""
    data = output.get("data", {})
    if "image/png" in data:
        source = data["image/png"].replace("\n", "")
        return f'<p><img alt="Figure" src="data:image/png;base64,{source}"></p>'
    text = output.get("text") or data.get("text/plain", "")
    return f"```` {{ .text .output }}\n{text.rstrip()}\n````"


def badge(script):
    """Links to the notebook, as far as there is one, and to the script."""
    links = [f"`tutorials/{script.name}`"]
    if script.with_suffix(".ipynb").exists():
        address = f"{build_notebooks.COLAB}/tutorials/{script.stem}.ipynb"
        links.insert(0, f'<a class="badge" href="{address}">Open in Colab</a>')
    return " ".join(links)


def table():
    lines = ["| " + " | ".join(COLUMNS) + " |", "|:--" * len(COLUMNS) + "|"]
    for script in scripts():
        first = jupytext.read(script).cells[0].source
        title, shows = first.removeprefix("# ").split("\n\n")[:2]
        checked = "<br>".join(assertions(script.read_text()))
        cells = [
            f"[{title}]({notebook_of(script)})<br>{shows}",
            paragraph(first, "Takes"),
            paragraph(first, "Result"),
            checked or "–",
        ]
        cells = [cell.replace("\n", " ").replace("|", "\\|") for cell in cells]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def paragraph(text, word):
    """What follows a bold word at the beginning of a line."""
    found = re.search(rf"^\*\*{word}\*\* (.+?)(?=\n\n|\Z)", text, re.M | re.S)
    return found[1] if found else "not stated"


def assertions(code):
    """The messages of all assertions that have one, each with its condition."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Assert) and node.msg is not None:
            message = node.msg
            if isinstance(message, ast.Constant):
                yield f"{message.value}: `{ast.unparse(node.test)}`"
            else:
                yield f"`{ast.unparse(node.test)}`"


TEXTS = {"tutorials": table}

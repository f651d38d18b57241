"""Writes a notebook of each tutorial.

python tutorials/build_notebooks.py [--check]

The scripts are the source. A notebook is the script's cells behind a link to
Colab and a cell that installs the package there; it has no outputs. Cells with
the tag `script` are left out: options of the command line and the short mode.
With `--check` nothing is written, and notebooks that are not those of the
scripts are an error.
"""

import argparse
import pathlib
import sys
import tomllib

import jupytext
import nbformat

FOLDER = pathlib.Path(__file__).parent
PROJECT = tomllib.loads((FOLDER.parent / "pyproject.toml").read_text("utf-8"))
ADDRESS = PROJECT["project"]["urls"]["Repository"]
REPOSITORY = ADDRESS.removeprefix("https://github.com/")
COMMAND = "python tutorials/build_notebooks.py"
BADGE = "https://colab.research.google.com/assets/colab-badge.svg"
COLAB = f"https://colab.research.google.com/github/{REPOSITORY}/blob/main"
LANGUAGE = {"name": "python"}
KERNEL = {"name": "python3", "language": "python", "display_name": "Python 3"}
# Plain Python rather than `%pip`, so that every cell parses.
INSTALL = f"""\
# @title In Colab: install the package; elsewhere this does nothing
import glob
import pathlib
import subprocess
import sys

if "google.colab" in sys.modules:
    # A wheel or a checkout that is near, otherwise the repository.
    wheels = [
        pathlib.Path(wheel)
        for start in ("", "../")
        for wheel in glob.glob(start + "keras_contrastive-*.whl")
    ]
    checkouts = [
        pathlib.Path(project).parent
        for start in ("", "*/", "../")
        for project in glob.glob(start + "pyproject.toml")
        if 'name = "keras-contrastive"' in pathlib.Path(project).read_text()
    ]
    places = [path.resolve().as_uri() for path in wheels + checkouts]
    repository = "git+{ADDRESS}"
    source = [*places, repository][0]
    package = f"keras-contrastive[tensorflow] @ {{source}}"
    pip = [sys.executable, "-m", "pip", "install", "-q", package]
    if subprocess.run(pip).returncode:
        raise RuntimeError(
            f"Cannot install from {{source}}. Run `pip wheel . --no-deps` in "
            "a folder of the package, upload the wheel that it makes next to "
            "this notebook (Files, at the left), and run this cell again."
        )"""
# In Colab and JupyterLab the title shows, and the code on a click.
FOLDED = {"cellView": "form", "jupyter": {"source_hidden": True}}


def scripts():
    """The tutorials, by the path of their notebook."""
    found = sorted(FOLDER.glob("*.py"))
    return {p.with_suffix(".ipynb"): p for p in found if is_tutorial(p)}


def is_tutorial(path):
    """Whether a script consists of cells."""
    return path.read_text("utf-8").startswith("# %%")


def is_shown(cell):
    return "script" not in cell.metadata.get("tags", [])


def notebook(script, whole=False):
    """The text of the notebook of a script, or `whole` with all its cells."""
    made = jupytext.read(script)
    made.cells = [cell for cell in made.cells if whole or is_shown(cell)]
    badge = f"[![Open in Colab]({BADGE})]"
    link = f"{badge}({COLAB}/tutorials/{script.stem}.ipynb)"
    made.cells[:0] = [
        nbformat.v4.new_markdown_cell(link),
        nbformat.v4.new_code_cell(INSTALL),
    ]
    for number, cell in enumerate(made.cells):
        cell.id, cell.metadata = f"cell-{number}", {}
    made.cells[1].metadata = FOLDED
    made.metadata = {"kernelspec": KERNEL, "language_info": LANGUAGE}
    made.nbformat, made.nbformat_minor = 4, 5
    return nbformat.writes(made) + "\n"


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args(arguments)
    texts = {path: notebook(script) for path, script in scripts().items()}
    present = {p: p.read_text("utf-8") for p in FOLDER.glob("*.ipynb")}
    paths = sorted(texts.keys() | present.keys())
    stale = [path for path in paths if present.get(path) != texts.get(path)]
    if options.check and stale:
        names = ", ".join(path.name for path in stale)
        sys.exit(f"Not those of the scripts: {names}. Run `{COMMAND}`.")
    for path in [] if options.check else stale:
        path.unlink(missing_ok=True)
        if path in texts:
            path.write_text(texts[path], "utf-8")


if __name__ == "__main__":
    main()

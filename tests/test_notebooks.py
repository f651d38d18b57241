"""Notebooks are those of the scripts; each tutorial states and checks."""

import ast
import importlib.util
import json
import pathlib
import subprocess
import sys
import types

import pytest

TUTORIALS = pathlib.Path(__file__).parent.parent / "tutorials"
BUILDER = TUTORIALS / "build_notebooks.py"
SCRIPTS = [path for path in sorted(TUTORIALS.glob("*.py")) if path != BUILDER]

each_script = pytest.mark.parametrize("script", SCRIPTS, ids=lambda p: p.stem)


@pytest.fixture
def builder():
    spec = importlib.util.spec_from_file_location("build_notebooks", BUILDER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def cells(notebook, kind):
    return [
        "".join(cell["source"])
        for cell in notebook["cells"]
        if cell["cell_type"] == kind
    ]


def test_notebooks_are_those_of_the_scripts(builder):
    builder.main(["--check"])


def test_stale_notebooks_are_named_and_written(builder, monkeypatch, tmp_path):
    monkeypatch.setattr(builder, "FOLDER", tmp_path)
    (tmp_path / "first.py").write_text("# %%\n1 + 1\n")
    (tmp_path / "orphan.ipynb").write_text("{}")
    message = r"first.ipynb, orphan.ipynb. Run `python tutorials/build_noteb"
    with pytest.raises(SystemExit, match=message):
        builder.main(["--check"])
    builder.main([])
    builder.main(["--check"])
    made = json.loads((tmp_path / "first.ipynb").read_text())
    assert cells(made, "code")[1:] == ["1 + 1"]
    assert not (tmp_path / "orphan.ipynb").exists()


@each_script
def test_notebook(builder, script):
    notebook = json.loads(builder.notebook(script))
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len({*ids}) == len(ids)
    badge = cells(notebook, "markdown")[0]
    assert f"{builder.REPOSITORY}/blob/main/tutorials/{script.stem}" in badge
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == [] and cell["execution_count"] is None
            ast.parse("".join(cell["source"]))


def test_package_is_installed_in_colab_alone(builder, monkeypatch):
    commands = []
    monkeypatch.setattr(subprocess, "check_call", commands.append)
    exec(builder.INSTALL, {})
    assert not commands
    monkeypatch.setitem(sys.modules, "google.colab", types.ModuleType("colab"))
    exec(builder.INSTALL, {})
    assert commands[0][1:4] == ["-m", "pip", "install"]
    assert commands[0][4].endswith(builder.REPOSITORY)


@each_script
def test_header(script):
    title, *header = script.read_text().split("\n# %%")[0].splitlines()[1:]
    assert title.startswith("# # ")
    for start in ("# **Takes** ", "# **Result** "):
        assert sum(line.startswith(start) for line in header) == 1, start


@each_script
def test_backend_is_chosen_before_keras_is_imported(script):
    code = script.read_text()
    chosen = code.index('os.environ.setdefault("KERAS_BACKEND", "tensorflow")')
    assert chosen < code.index("\nimport keras")


@each_script
def test_claims_are_asserted(script):
    claims = [
        node.msg
        for node in ast.parse(script.read_text()).body
        if isinstance(node, ast.Assert)
    ]
    assert claims
    for claim in claims:
        assert isinstance(claim, ast.Constant) and claim.value

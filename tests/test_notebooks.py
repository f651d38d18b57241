"""Notebooks are those of the scripts; each tutorial states and checks."""

import ast
import base64
import importlib.util
import io
import json
import pathlib
import re
import subprocess
import sys
import types

import numpy as np
import pytest
from PIL import Image

ROOT = pathlib.Path(__file__).parent.parent
TUTORIALS = ROOT / "tutorials"
SCRIPTS = [
    path
    for path in sorted(TUTORIALS.glob("*.py"))
    if path.stem not in ("build_notebooks", "execute")
]
# A part of a tutorial that readers see, and one that they do not.
CELLS = """# %%
first = 1

# %% tags=["script"]
hidden = 2
"""

each_script = pytest.mark.parametrize("script", SCRIPTS, ids=lambda p: p.stem)


def load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    # A script, too, imports its neighbors.
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(path.parent)
        spec.loader.exec_module(module)
    return module


@pytest.fixture
def builder():
    return load(TUTORIALS / "build_notebooks.py")


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


def test_cells_of_the_script_are_left_out(builder, tmp_path):
    script = tmp_path / "first.py"
    script.write_text(CELLS)
    made = json.loads(builder.notebook(script))
    assert cells(made, "code")[1:] == ["first = 1"]
    whole = json.loads(builder.notebook(script, whole=True))
    assert cells(whole, "code")[1:] == ["first = 1", "hidden = 2"]


@each_script
def test_notebook_begins_with_imports(builder, script):
    made = json.loads(builder.notebook(script))
    install, imports, *rest = cells(made, "code")
    assert install == builder.INSTALL
    folded = [cell for cell in made["cells"] if cell["metadata"]]
    assert ["".join(cell["source"]) for cell in folded] == [install]
    # Devices must be there before TensorFlow or JAX starts.
    if script.stem != "several_devices":
        for line in ast.parse(imports).body:
            is_import = isinstance(line, ast.Import | ast.ImportFrom)
            assert is_import or "os.environ.setdefault" in ast.unparse(line)
    for word in ("SMOKE", "argparse"):
        assert not any(word in cell for cell in (imports, *rest)), word


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


@pytest.fixture
def install(builder, monkeypatch, tmp_path):
    """Runs the cell that installs in an empty folder; what pip got."""
    folder = tmp_path / "content"
    folder.mkdir()
    monkeypatch.chdir(folder)
    commands, result = [], types.SimpleNamespace(returncode=0)

    def run(command):
        commands.append(command)
        return result

    monkeypatch.setattr(subprocess, "run", run)

    def execute(in_colab=True, returncode=0):
        colab = types.ModuleType("colab") if in_colab else None
        monkeypatch.setitem(sys.modules, "google.colab", colab)
        if not in_colab:
            del sys.modules["google.colab"]
        result.returncode = returncode
        commands.clear()
        exec(builder.INSTALL, {})
        for command in commands:
            assert command[1:5] == ["-m", "pip", "install", "-q"]
        return [command[5] for command in commands]

    return execute


PACKAGE = "keras-contrastive[tensorflow] @ "


def test_package_is_installed_in_colab_alone(builder, install):
    assert install(in_colab=False) == []
    assert install() == [f"{PACKAGE}git+{builder.ADDRESS}"]


@pytest.mark.parametrize("place", [".", "..", "clone"])
def test_checkout_that_is_near_is_installed(install, place):
    folder = pathlib.Path(place)
    folder.mkdir(exist_ok=True)
    (folder / "pyproject.toml").write_text('[project]\nname = "other"\n')
    assert "git+" in install()[0]
    project = '[project]\nname = "keras-contrastive"\n'
    (folder / "pyproject.toml").write_text(project)
    assert install() == [PACKAGE + folder.resolve().as_uri()]


@pytest.mark.parametrize("place", [".", ".."])
def test_wheel_that_is_near_is_installed(install, place):
    wheel = pathlib.Path(place) / "keras_contrastive-0.1.0-py3-none-any.whl"
    wheel.touch()
    assert install() == [PACKAGE + wheel.resolve().as_uri()]


def test_failed_install_says_what_to_do(install):
    with pytest.raises(RuntimeError, match="pip wheel . --no-deps"):
        install(returncode=1)


def test_one_address(builder):
    """A file that cannot read the address has the same."""
    texts = [ROOT / "pyproject.toml", *(ROOT / ".ci").iterdir()]
    texts += [*ROOT.glob("*.md"), ROOT / "mkdocs.yml"]
    texts += [*(ROOT / "docs").rglob("*.md"), *SCRIPTS]
    ours = re.compile(r"https://github\.com/[\w-]*/keras[-_]contrastive\b")
    found = {address for p in texts for address in ours.findall(p.read_text())}
    assert found == {builder.ADDRESS}


def test_record_has_no_noise_and_small_figures():
    nbformat = pytest.importorskip("nbformat").v4
    pytest.importorskip("nbclient")
    small = load(TUTORIALS / "execute.py").small
    noise = "WARNING: All log messages before absl::InitializeLog()\n"
    noise += "I0000 00:00:1795977488.186508    3141 port.cc:153] oneDNN\n"
    assert small(nbformat.new_output("stream", text=noise)) is None
    output = nbformat.new_output("stream", text=f"{noise}Epoch 1/2\n")
    assert small(output).text == "Epoch 1/2\n"
    place = "/venv/lib/python3.11/site-packages/keras/src/functional.py:259"
    told = f"{place}: UserWarning: The structure\nReceived: a\n  warn(msg)\n"
    ours = "/home/keras_contrastive/knn.py:3: UserWarning: `k`\n  warn(msg)\n"
    output = nbformat.new_output("stream", text=told + ours)
    assert small(output).text == ours
    bar = "\x1b[1m1/9\x1b[0m 5ms\x08\x08\r\x1b[1m9/9\x1b[0m 4ms\nnext\n"
    assert small(nbformat.new_output("stream", text=bar)).text == (
        "9/9 4ms\nnext\n"
    )
    pixels = np.random.default_rng(0).integers(0, 256, (300, 1500, 3), "uint8")
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    data = {"image/png": base64.b64encode(file.getvalue()).decode()}
    data["text/plain"] = "<Figure>"
    drawn = small(nbformat.new_output("display_data", data)).data
    assert list(drawn) == ["image/png"]
    png = base64.b64decode(drawn["image/png"])
    assert len(png) < len(file.getvalue()) / 3
    assert Image.open(io.BytesIO(png)).size == (1200, 240)


def test_records_are_small_and_of_tutorials():
    records = [*(TUTORIALS / "executed").glob("*.ipynb")]
    names = {path.stem for path in SCRIPTS}
    for path in records:
        run = json.loads(path.read_text())["metadata"]["run"]
        assert path.stem in names
        place = {"cores", "processor", "versions"}
        assert {*run} == {"date", "minutes", "computing", *place}
    assert sum(path.stat().st_size for path in records) < 6_000_000


def test_failing_cell_is_told_with_what_it_printed(tmp_path, monkeypatch):
    pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    runner = load(ROOT / ".ci/tutorials.py")
    monkeypatch.setattr(runner, "FOLDER", tmp_path)
    script = tmp_path / "first.py"
    script.write_text(CELLS)
    assert runner.run(script)[1] is None
    script.write_text(CELLS + "print('so far')\nassert first == hidden, 'no'\n")
    _, fault = runner.run(script)
    assert fault.startswith("first.py, cell-3:\nhidden = 2\n")
    assert "printed:\nso far\n" in fault
    assert "AssertionError" in fault and "no" in fault


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

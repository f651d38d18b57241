"""The documentation names what is public, and its examples run."""

import importlib.util
import inspect
import json
import pathlib
import re

import keras
import pytest

import keras_contrastive as kc

ROOT = pathlib.Path(__file__).parent.parent
PAGES = {
    str(path.relative_to(ROOT)): path.read_text()
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
}
MODULES = [name for name in kc.__all__ if inspect.ismodule(getattr(kc, name))]
PUBLIC = [
    (module, name) for module in MODULES for name in getattr(kc, module).__all__
]


@pytest.mark.parametrize("module, name", PUBLIC)
def test_public_name_is_documented(module, name):
    docstring = getattr(getattr(kc, module), name).__doc__ or ""
    assert re.search(r"^\s*Example:\n\n\s*>>> ", docstring, re.MULTILINE)
    symbol = f"::: keras_contrastive.{module}.{name}\n"
    assert symbol in PAGES[f"docs/api/{module}.md"]


def test_top_level_names_are_documented():
    modules = set(MODULES) - {"visualization"}
    for name in set(kc.__all__) - modules:
        assert re.search(rf"\W{name}\W", PAGES["docs/api/index.md"])
        if not name.startswith("__") and name != "visualization":
            assert name in kc.models.__all__
    for module in MODULES:
        assert f"({module}.md)" in PAGES["docs/api/index.md"]


def test_every_page_is_in_the_navigation():
    navigation = (ROOT / "mkdocs.yml").read_text()
    for page in PAGES:
        if page.startswith("docs/"):
            assert f": {page.removeprefix('docs/')}\n" in navigation


def load_hook(name):
    path = ROOT / f"docs/build_site/{name}.py"
    # MkDocs, too, lets hooks import their neighbours.
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(path.parent)
        return load_module(path)


def load_module(path):
    spec = importlib.util.spec_from_file_location("hook", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def hook():
    return load_hook("conformance")


def test_conformance_page_has_every_column(hook):
    code = (ROOT / "tests/conformance/test_conformance.py").read_text()
    columns = set(re.findall(r'conformance\(column="(.+?)"\)', code))
    assert set(hook.COLUMNS) == columns
    for column in columns:
        assert f"\n| {column} | " in PAGES["docs/conformance.md"]


def test_conformance_table_tells_what_was_not_run(hook, monkeypatch, tmp_path):
    usual = {
        "value": "passed",
        "extreme values": "failed",
        "learning": "skipped",
    }
    runs = {"jax": usual, "jax-float64": {"gradient": "passed"}}
    for name, found in runs.items():
        report = {"versions": {"keras": "3"}, "cells": {"SimCLR": found}}
        (tmp_path / f"{name}.json").write_text(json.dumps(report))
    monkeypatch.setattr(hook, "RUNS", tmp_path)
    page = hook.on_page_markdown(PAGES["docs/conformance.md"])
    tensorflow, jax = re.findall(r"^\| SimCLR, (?:T|J).+$", page, re.MULTILINE)
    assert tensorflow.count("not run") == len(hook.COLUMNS)
    start = "| SimCLR, JAX | ✓ | ✓ | not run | not run | **failed** |"
    assert jax.startswith(start) and jax.endswith("| – |")
    assert "Run with keras 3." in page


def test_conformance_table_has_the_rows_of_the_tests(hook):
    from tests.conformance.methods import METHODS

    assert hook.methods() == list(METHODS)


def test_every_method_has_a_page():
    hook = load_hook("method_pages")
    for card in kc.method_table():
        name, page = card["name"], f"docs/{hook.methods.page_of(card)}"
        filled = hook.fill(PAGES[page], pathlib.Path(page).stem)
        assert (
            f'aria-label="The data&#x27;s path: {card["idea"][:20]}' in filled
        )
        assert f"models.{name})" in filled and "\n$$\n" in filled
        assert f"kc.{name}(" in EXAMPLES[page]
        assert "## Recorded result\n\n<" not in filled
    with pytest.raises(ValueError, match="`<!-- figure -->` is missing"):
        hook.fill("", "byol")


def test_results_that_are_missing_are_said_to_be(monkeypatch, tmp_path):
    hook = load_hook("method_pages")
    card = {"name": "SimCLR"}
    assert "| SimCLR, DCL | **" in hook.recorded(kc.SimCLR, card)
    assert hook.recorded(kc.ESSL, {"name": "Another"}) == "Not measured."
    monkeypatch.setattr(hook.methods, "RESULTS", tmp_path / "none.json")
    assert hook.recorded(kc.SimCLR, card) == "Not measured."


def test_path_of_the_data_is_that_of_the_card():
    hook = load_hook("data_path")
    path = hook.path(kc.MoCo)
    texts = [[text for text, _ in column.boxes] for column in path.columns]
    assert texts == [
        ["view 1", "encoder", "projector"],
        ["view 2", "slow encoder", "slow projector"],
        ["queue of earlier keys"],
    ]
    assert path.above[1] == ("views.moco_v1", "layer")
    assert path.below == [("loss: QueueInfoNCE", "layer")]
    assert hook.path(kc.SimSiam).columns[1].boxes[-1] == ("no gradient", "data")


def test_equations_become_mathml():
    hook = load_hook("equations")
    assert "<mfrac>" in hook.equation(r"\frac{a &lt; b}{c}", is_block=True)
    for latex in (r"\unknown x", r"\begin{aligned} a &amp;= b \end{aligned}"):
        with pytest.raises(ValueError, match="unknown command"):
            hook.equation(latex, is_block=False)


def test_stacked_cells_have_the_heading_of_their_column():
    row = "<tr><td>1</td><td>2</td></tr>"
    table = f"<table><tr><th>a</th><th>b</th></tr>{row}{row}</table>"
    content = f'{table}<div class="stack">{table}</div>'
    found = load_hook("stacked").on_page_content(content)
    assert found.count("data-label") == 4
    assert found.count('<td data-label="b">2</td></tr>') == 2


def test_tutorials_are_tabled(monkeypatch, tmp_path):
    script = """# %% [markdown]
# # Title
#
# What it
# shows.
#
# **Takes** a minute
#
# **Result** 3 %, $x$

# %%
x = 3
assert x > 2, "It is more than two"
assert x
"""
    (tmp_path / "other.py").write_text(script)
    (tmp_path / "build_notebooks.py").write_text('REPOSITORY = "a/b"\n')
    hook = load_hook("tutorials")
    monkeypatch.setattr(hook, "FOLDER", tmp_path)
    assert hook.table().splitlines()[2] == (
        "| [Title](tutorials/other.md)<br>What it shows. | a minute | "
        "3 %, $x$ | It is more than two: `x > 2` |"
    )
    (path,) = hook.scripts()
    assert "colab" not in hook.page(path)
    path.with_suffix(".ipynb").touch()
    page = hook.page(path)
    assert page.startswith("# Title\n\n<a ") and "a/b/blob/main" in page
    assert "````py\nx = 3\n" in page


def test_every_method_has_a_row():
    page = load_hook("methods").on_page_markdown(PAGES["docs/methods.md"])
    for name in kc.models.__all__:
        if name not in ("ContrastiveModel", "methods"):
            assert f"| [`{name}`]" in page


def test_readme_has_the_recorded_results():
    hook = load_hook("readme")
    assert hook.filled(PAGES["README.md"]) == PAGES["README.md"], hook.COMMAND


# Losses that stand in the file of their method.
IN_WORDS = ("patch InfoNCE", "mean squared error", "cross entropy")


def test_cards_name_what_exists():
    for method in kc.method_table():
        for views in method["views"].split(", "):
            assert views in kc.views.__all__
        for loss in method["loss"].split(", "):
            assert loss in kc.losses.__all__ or loss in IN_WORDS
        assert (ROOT / "keras_contrastive" / method["file"]).exists()


def tiny_encoder(input_shape, stem="cifar", width=4):
    return keras.Sequential(
        [
            keras.Input(input_shape),
            keras.layers.Conv2D(width, 3, strides=2),
            keras.layers.BatchNormalization(),
            keras.layers.GlobalAveragePooling2D(),
        ]
    )


@pytest.fixture
def small(monkeypatch, tmp_path):
    """Makes the examples quick: few small images, one epoch, no download."""

    def shapes(num_images, batch_size, **kwargs):
        return make_shapes(64, 8, **kwargs)

    def load(name, split, batch_size, shuffle=None, **kwargs):
        return make_shapes(256, 32, split=split, **kwargs)

    def from_folder(path, batch_size, image_size, **kwargs):
        split = path.rpartition("/")[2]
        return make_shapes(
            256, 32, split=split, image_size=image_size, **kwargs
        )

    def fit(self, x, epochs=1, **kwargs):
        return train(self, x, **kwargs)

    make_shapes, train = kc.data.shapes, kc.ContrastiveModel.fit
    monkeypatch.setattr(kc.data, "shapes", shapes)
    monkeypatch.setattr(kc.data, "load", load)
    monkeypatch.setattr(kc.data, "from_folder", from_folder)
    monkeypatch.setattr(kc.ContrastiveModel, "fit", fit)
    monkeypatch.setattr(kc.encoders, "ResNet18", tiny_encoder)
    monkeypatch.chdir(tmp_path)


# Blocks of `python` run, in order; those of `py` are to be read.
EXAMPLES = {
    page: "\n".join(re.findall(r"^```python\n(.*?)^```", text, re.M | re.S))
    for page, text in PAGES.items()
}


@pytest.mark.parametrize("page", [p for p, code in EXAMPLES.items() if code])
def test_examples_run(page, small, monkeypatch):
    if page.startswith("docs/methods/"):
        monkeypatch.setattr(kc.ContrastiveModel, "fit", take_one_batch)
    exec(compile(EXAMPLES[page], page, "exec"), {"__name__": "__main__"})


def take_one_batch(self, x, epochs):
    """Stands in for `fit`: that every method trains is tested elsewhere."""
    element = next(iter(x))
    if self.needs_labels:
        element, _ = element
    images = element["images"] if self.needs_index else element
    assert images.shape[1:] == (32, 32, 3) and self.optimizer is not None
    assert self.views is not None

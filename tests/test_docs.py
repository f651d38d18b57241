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


def test_every_page_is_in_the_navigation():
    navigation = (ROOT / "mkdocs.yml").read_text()
    for page in PAGES:
        if page.startswith("docs/"):
            assert f": {page.removeprefix('docs/')}\n" in navigation


def load_hook(name):
    path = ROOT / f"docs/build_site/{name}.py"
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


def test_every_method_has_a_row():
    page = load_hook("methods").on_page_markdown(PAGES["docs/methods.md"])
    for name in kc.models.__all__:
        if name not in ("ContrastiveModel", "methods"):
            assert f"| [`{name}`]" in page


# Losses that stand in the file of their method.
IN_WORDS = ("patch InfoNCE", "mean squared error", "cross entropy")


def test_cards_name_what_exists():
    for method in kc.methods():
        for views in method["views"].split(", "):
            assert views in kc.views.__all__
        for loss in method["loss"].split(", "):
            assert loss in kc.losses.__all__ or loss in IN_WORDS
        assert (ROOT / "keras_contrastive" / method["file"]).exists()


def tiny_encoder(input_shape, stem="cifar", batch_norm_splits=None):
    return keras.Sequential(
        [
            keras.Input(input_shape),
            keras.layers.Conv2D(4, 3, strides=2),
            kc.layers.BatchNorm(),
            keras.layers.GlobalAveragePooling2D(),
        ]
    )


@pytest.fixture
def small(monkeypatch, tmp_path):
    """Makes the examples quick: few small images, one epoch, no download."""

    def shapes(num_images, batch_size, **kwargs):
        return make_shapes(64, 8, **kwargs)

    def load(name, split, batch_size, labels=False):
        return make_shapes(64, 8, split=split, labels=labels)

    def fit(self, x, epochs=1, **kwargs):
        return train(self, x, **kwargs)

    make_shapes, train = kc.data.shapes, kc.ContrastiveModel.fit
    monkeypatch.setattr(kc.data, "shapes", shapes)
    monkeypatch.setattr(kc.data, "load", load)
    monkeypatch.setattr(kc.ContrastiveModel, "fit", fit)
    monkeypatch.setattr(kc.encoders, "ResNet18", tiny_encoder)
    monkeypatch.chdir(tmp_path)


# Blocks of `python` run, in order; those of `py` are to be read.
EXAMPLES = {
    page: "\n".join(re.findall(r"^```python\n(.*?)^```", text, re.M | re.S))
    for page, text in PAGES.items()
}


@pytest.mark.parametrize("page", [p for p, code in EXAMPLES.items() if code])
def test_examples_run(page, small):
    exec(compile(EXAMPLES[page], page, "exec"), {"__name__": "__main__"})

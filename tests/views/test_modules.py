"""What the modules of views are called."""

import functools
import importlib
import inspect
import pkgutil

import pytest

import keras_contrastive as kc
from keras_contrastive import views
from keras_contrastive.views.base_transform import snake_case

MODULES = [
    (module.name, module.ispkg)
    for module in pkgutil.walk_packages(
        views.__path__, "keras_contrastive.views."
    )
]


@pytest.mark.parametrize("name, is_package", MODULES)
def test_an_import_gives_the_module(name, is_package):
    module = importlib.import_module(name)
    assert functools.reduce(getattr, name.split(".")[1:], kc) is module
    last = name.split(".")[-1]
    if is_package or last.startswith("_"):
        return
    public = {
        snake_case(public)
        for public in views.__all__
        if inspect.getmodule(getattr(views, public)) is module
    }
    assert public == {last}

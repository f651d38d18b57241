"""What is public says what it takes and returns."""

import inspect

import pytest

import keras_contrastive as kc

ROOMS = [name for name in kc.__all__ if inspect.ismodule(getattr(kc, name))]
PUBLIC = [(room, name) for room in ROOMS for name in getattr(kc, room).__all__]


@pytest.mark.parametrize("room, name", PUBLIC)
def test_public_signatures_are_annotated(room, name):
    thing = getattr(getattr(kc, room), name)
    if inspect.isclass(thing):
        thing = vars(thing).get("__init__")
    if not inspect.isfunction(thing):
        return
    signature = inspect.signature(thing)
    bare = [
        parameter.name
        for parameter in signature.parameters.values()
        if parameter.annotation is parameter.empty and parameter.name != "self"
    ]
    assert not bare
    assert signature.return_annotation is not signature.empty


@pytest.mark.parametrize("room, name", PUBLIC)
def test_what_is_optional_is_given_by_name(room, name):
    """Of functions: arguments with a default follow a `*`, or are parts."""
    thing = getattr(getattr(kc, room), name)
    if not inspect.isfunction(thing):
        return
    optional = [
        parameter.name
        for parameter in inspect.signature(thing).parameters.values()
        if parameter.default is not parameter.empty
        and parameter.kind is parameter.POSITIONAL_OR_KEYWORD
    ]
    assert len(optional) <= 1

from typing import Any

import keras

from keras_contrastive.modules.module import Module
from keras_contrastive.views import BaseTransform, MultiView, Pipeline

VIEWS = (BaseTransform, MultiView)


def check_modules(modules: Any, model: Any) -> None:
    """Modules that go with the model, and with each other."""
    is_list = isinstance(modules, list | tuple)
    wrong = [x for x in modules if not isinstance(x, Module)] if is_list else []
    if not is_list or wrong:
        raise ValueError(
            "`modules` must be a list of modules that are made, such as "
            "`[keras_contrastive.EquiMod()]`. "
            f"Received: {wrong[0] if wrong else modules}"
        )
    names = set(model.objective_names)
    for module in modules:
        name = type(module).__name__
        needs_views = module.needs_parameters or module.needs_original
        makes_views = type(module).further_views is not Module.further_views
        if model.views is None and (needs_views or makes_views):
            raise ValueError(
                f"`modules` has `{name}`, which makes or reads views: give "
                "the method `views` of its own, such as "
                "`keras_contrastive.views.simclr(...)`. Received: views=None"
            )
        if needs_views:
            check_parameters(model, name)
        if module.needs_parameters:
            check_known(model.views, name)
        check_weights(module.term_weights)
        module.check(model)
        check_apart(names, module.objective_names, "terms", name)
        names |= set(module.objective_names)


def check_apart(known: Any, further: Any, what: str, name: str) -> None:
    both = sorted(set(known) & set(further))
    if both:
        raise ValueError(
            f"The {what} {both} of a module are {what} of the method or of "
            "another module too: name them otherwise. "
            f"Received: modules with `{name}`"
        )


def check_weights(term_weights: dict[str, float]) -> None:
    for name, weight in term_weights.items():
        if not 0 <= weight < float("inf"):
            raise ValueError(
                f"The weight of {name!r} must be a number from 0 on. "
                f"Received: weight={weight}"
            )


def check_parameters(model: Any, name: str) -> None:
    """A method of images, made by a `MultiView` with a pipeline for each."""
    others = model.needs_second_encoder or model.needs_maps
    if set(model.view_ranks) != {4} or others:
        raise ValueError(
            f"`{name}` goes with a method that compares images, and not "
            "pieces, patches, places or channels. "
            f"Received: {type(model).__name__}"
        )
    views = model.views
    if not isinstance(views, MultiView) or any(
        pipeline.num_views > 1 for pipeline in views.pipelines
    ):
        raise ValueError(
            f"`{name}` learns from the parameters of each view: make `views` "
            "by a `keras_contrastive.views.MultiView` with a pipeline for "
            f"each. Received: views={views}"
        )
    names = [pipeline.parameter_names for pipeline in views.pipelines]
    if any(other != names[0] for other in names):
        raise ValueError(
            "The pipelines of `views` must have the same parameters: give "
            "what only one of them uses `probability=0.0` in the other. "
            f"Received: parameters {names}"
        )


def check_known(views: MultiView, name: str) -> None:
    if all(map(is_constant, views.pipelines)):
        raise ValueError(
            f"`{name}` learns from the parameters of each view, but these "
            "views draw none that are known: layers such as `RandomErasing` "
            "and `RandAugment` hand out none. Add transforms of "
            "`keras_contrastive.views`, such as `RandomResizedCrop`, or take "
            "the views `keras_contrastive.views.equimod(...)`. "
            f"Received: parameters {views.pipelines[0].parameter_names}"
        )


def is_constant(transform: BaseTransform) -> bool:
    """Whether its parameters are the same for all images."""
    if isinstance(transform, Pipeline):
        return all(map(is_constant, transform.transforms))
    drawn = set(transform.parameters) - {"applied"}
    return not drawn and transform.probability in (0, 1)


def check_heads(**heads: Any) -> None:
    """Heads of a module: layers that are neither methods nor views."""
    for argument, head in heads.items():
        is_layer = isinstance(head, keras.layers.Layer)
        is_method = hasattr(head, "objective_names")
        if not is_layer or is_method or isinstance(head, VIEWS):
            raise ValueError(
                f"`{argument}` must be a Keras layer, or None for the default; "
                "a module is given to a method, `SimCLR(encoder, views, "
                f"modules=[...])`. Received: {argument} of type "
                f"{type(head).__name__}"
            )

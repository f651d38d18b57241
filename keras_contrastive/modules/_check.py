from typing import Any

from keras_contrastive.modules.module import Module
from keras_contrastive.views import MultiView


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
        if model.views is None:
            raise ValueError(
                f"`{type(module).__name__}` makes or reads views: give the "
                "method `views` of its own, such as "
                "`keras_contrastive.views.simclr(...)`. Received: views=None"
            )
        check_weights(module.term_weights)
        module.check(model)
        check_apart(names, module.objective_names, "terms")
        names |= set(module.objective_names)


def check_apart(known: Any, further: Any, what: str) -> None:
    both = sorted(set(known) & set(further))
    if both:
        raise ValueError(
            f"The {what} {both} of a module are {what} of the method or of "
            "another module too: name them otherwise."
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
    views = model.views
    if not isinstance(views, MultiView) or any(
        pipeline.num_views > 1 for pipeline in views.pipelines
    ):
        raise ValueError(
            f"`{name}` learns from the parameters of each view: make `views` "
            "by a `keras_contrastive.views.MultiView` with a pipeline for "
            f"each. Received: views={views}"
        )
    if set(model.view_ranks) != {4} or model.needs_second_encoder:
        raise ValueError(
            f"`{name}` goes with a method that compares images, and not "
            f"pieces, patches or channels. Received: {type(model).__name__}"
        )
    names = [pipeline.parameter_names for pipeline in views.pipelines]
    if any(other != names[0] for other in names):
        raise ValueError(
            "The pipelines of `views` must have the same parameters: give "
            "what only one of them uses `probability=0.0` in the other. "
            f"Received: parameters {names}"
        )

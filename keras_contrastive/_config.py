import inspect
from typing import Any, Self

import keras
from keras.saving import deserialize_keras_object as deserialize
from keras.saving import serialize_keras_object as serialize

from keras_contrastive._check_saveable import warn_of_unknown
from keras_contrastive._checked import checked

NAMED = (
    inspect.Parameter.POSITIONAL_OR_KEYWORD,
    inspect.Parameter.KEYWORD_ONLY,
)


class Configured:
    """Writes the config of an object: each argument is an attribute.

    The first of the bases of what a `.keras` file may hold. Every argument of
    the constructor, and of the constructors to which that passes `**kwargs`
    on, is kept in an attribute of its name, from which it can be made again.
    Where Keras or torch has an attribute of that name, `attribute_of` says in
    which one.

    Arguments have the types of their annotations, or an error names them.
    """

    attribute_of: dict[str, str] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        own = "__init__" in vars(cls)
        # Annotations of a user's class may mean less.
        if own and cls.__module__.startswith("keras_contrastive."):
            constructor = checked(vars(cls)["__init__"])
            cls.__init__ = constructor  # type: ignore[method-assign]

    def get_config(self) -> dict[str, Any]:
        own = {
            name: serialize(getattr(self, self.attribute_of.get(name, name)))
            for name in arguments_of(type(self))
        }
        # Of the Keras class that stands behind this one.
        config = {**super().get_config(), **own}  # type: ignore[misc]
        if isinstance(self, keras.Model):  # what a file is made of
            warn_of_unknown(config)
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        return cls(**{name: deserialize(part) for name, part in config.items()})


def arguments_of(cls: type) -> list[str]:
    """Names of the arguments that a class and its parents here take."""
    names = []
    for part in cls.__mro__:
        if part is Configured:
            break
        if "__init__" not in vars(part):
            continue
        constructor = vars(part)["__init__"]
        parameters = inspect.signature(constructor).parameters.values()
        names += [p.name for p in list(parameters)[1:] if p.kind in NAMED]
        if not any(p.kind is p.VAR_KEYWORD for p in parameters):
            break
    return list(dict.fromkeys(names))

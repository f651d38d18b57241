"""Packages that the extras of this one install."""

import importlib
from typing import Any


def import_extra(name: str, extra: str, user: str) -> Any:
    """Imports a package; where it is missing, the error names its extra.

    Args:
        name: Name of the package, as imported.
        extra: Extra that installs it.
        user: What needs it, the beginning of the message.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ImportError(
            f'{user} needs {name}: `pip install "keras-contrastive[{extra}]"`.'
        ) from error

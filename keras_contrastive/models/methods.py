"""The table of methods, read from their cards."""

import dataclasses
import sys


def methods():
    """What each method is: one dictionary a method.

    Returns:
        List of dictionaries with `name`, the fields of `MethodCard` (`paper`,
        `url`, `idea`, `negatives`, `loss`, `views`, `momentum`, `memory`,
        `heads`) and `file`, relative to the package.

    Example:

    >>> [m["name"] for m in methods() if m["memory"] == "bank"]
    ['CMC', 'InstDis', 'PIRL']
    """
    from keras_contrastive import models

    table = []
    for name in models.__all__:
        card = getattr(getattr(models, name), "card", None)
        if card is not None:
            module = sys.modules[getattr(models, name).__module__]
            file = f"models/{module.__name__.rpartition('.')[2]}.py"
            row = dataclasses.asdict(card)
            table.append({"name": name, **row, "file": file})
    return table

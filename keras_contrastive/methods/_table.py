"""The table of methods, read from their cards."""

import dataclasses
import sys


def method_table():
    """What each method is: one dictionary a method.

    Returns:
        List of dictionaries with `name`, the fields of `MethodCard` (`paper`,
        `url`, `idea`, `negatives`, `loss`, `views`, `momentum`, `memory`,
        `heads`) and `file`, relative to the package.

    Example:

    >>> [m["name"] for m in method_table() if m["memory"] == "bank"]
    ['CMC', 'InstDis', 'PIRL']
    """
    import keras_contrastive as kc

    table = []
    for name in kc.__all__:
        card = getattr(getattr(kc, name), "card", None)
        if card is not None:
            module = sys.modules[getattr(kc, name).__module__]
            file = "/".join(module.__name__.split(".")[1:]) + ".py"
            row = dataclasses.asdict(card)
            table.append({"name": name, **row, "file": file})
    return table

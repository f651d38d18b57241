import dataclasses
from typing import Any


@dataclasses.dataclass(frozen=True)
class Views:
    """All that is made of a batch of images before it is encoded.

    Args:
        views: List of tensors, one per view of the method.
        parameters: List of drawn parameters `(batch, parameters)`, one per
            view, if a module learns from them.
        original: Untouched images as those of the views look, `(batch,
            height, width, channels)`, if a module sees them.
        further: List of the further views of each module, lists of tensors.
    """

    views: list
    parameters: list = dataclasses.field(default_factory=list)
    original: Any = None
    further: list = dataclasses.field(default_factory=list)

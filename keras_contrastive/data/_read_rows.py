from collections.abc import Callable
from typing import Any

import numpy as np
from keras import tree


def read_rows(
    source: Any,
    rows: np.ndarray,
    with_labels: bool,
    read: Callable[[], Any],
) -> tuple[np.ndarray, Any]:
    """Images, and labels or None, of a source that is checked for its promise.

    What `read` returns is what `source.read(rows)` does.

    Raises:
        ValueError: Naming `source`, if it does not give one image, and one
            label, for each of the rows.
    """
    try:
        found = read()
    except LookupError as error:
        raise ValueError(
            f"`source` must have the {len(source)} images that `len(source)` "
            f"counts. Received: {type(error).__name__}: {error}, from "
            f"`source.read` of {rows}"
        ) from error
    if not isinstance(found, tuple | list) or len(found) != 2:
        raise ValueError(
            "`source.read` must return the pair `(images, labels)`, with "
            f"`None` for no labels. Received: {type(found).__name__}"
        )
    images, labels = found[0], found[1] if with_labels else None
    if not isinstance(images, np.ndarray) or images.ndim != 4:
        raise ValueError(
            "`source.read` must return images as a NumPy array `(batch, "
            "height, width, channels)`. Received: "
            f"{type(images).__name__} of shape {np.shape(images)}"
        )
    if with_labels and labels is None:
        raise ValueError(
            "`labels=True` needs labels of `source.read`. Received: None"
        )
    for name, part in (("images", images), ("labels", labels)):
        for array in [] if part is None else tree.flatten(part):
            if np.shape(array)[:1] != rows.shape:
                raise ValueError(
                    f"`source.read` must return {name} with one row for each "
                    f"of the {len(rows)} indices. Received: shape "
                    f"{np.shape(array)}"
                )
    return images, labels


def form_of(part: Any) -> Any:
    """Shape of one row, and type, of each array."""

    def form(rows):
        rows = np.asarray(rows)
        # Strings are as wide as the longest of a batch.
        kind = "str" if rows.dtype.kind in "US" else rows.dtype.name
        return f"{kind} {rows.shape[1:]}"

    return tree.map_structure(form, part)


def check_form(form: Any, expected: Any) -> None:
    """Raises `ValueError` for batches of several forms."""
    if form != expected:
        raise ValueError(
            "`source.read` must return images of one shape and type, and "
            f"labels of one. Received: {form}, after {expected}"
        )

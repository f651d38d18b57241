import math
from typing import Any

import numpy as np


def check_integer(
    name: str,
    value: Any,
    low: int,
    high: float = math.inf,
    meaning: str = "",
) -> None:
    """Raises an error that names the argument unless it is in its range.

    Args:
        name: Name of the argument.
        value: What came for it.
        low: Integer, the smallest value allowed.
        high: Integer, the largest value allowed. Defaults to no limit.
        meaning: String to add to the range, e.g. `" bytes"`.
    """
    # Python counts booleans as integers.
    is_integer = isinstance(value, int | np.integer) and type(value) is not bool
    if not is_integer or not low <= value <= high:
        limits = f"from {low} to {high}"
        if high == math.inf:
            limits = f"of at least {low}"
        raise ValueError(
            f"`{name}` must be an integer {limits}{meaning}. "
            f"Received: {name}={value}"
        )

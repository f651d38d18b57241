from typing import Any


def check_equal_widths(projection: Any, other: Any, head: str) -> None:
    """Two outputs `(batch, units)`, of `projector` and another head."""
    if projection.shape[-1] != other.shape[-1]:
        raise ValueError(
            f"`projector` and `{head}` must make projections of one width. "
            f"Received: {projection.shape[-1]} and {other.shape[-1]}"
        )

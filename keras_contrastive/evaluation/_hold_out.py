import numpy as np


def hold_out(
    num_rows: int, share: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Splits rows at random into those to learn from and those that choose.

    Args:
        num_rows: Integer.
        share: Float between 0 and 1, of the rows that choose.
        seed: Integer.

    Returns:
        Two integer arrays of rows, neither of them empty.

    Raises:
        ValueError: If there are fewer than 2 rows, or `share` is not between
            0 and 1.
    """
    if not 0 < share < 1:
        raise ValueError(
            "`validation` must be a share of the training set, above 0 and "
            f"below 1. Received: validation={share}"
        )
    if num_rows < 2:
        raise ValueError(
            "`train` must hold at least 2 images, as some of them choose "
            f"among the settings. Received: {num_rows}"
        )
    order = np.random.default_rng(seed).permutation(num_rows)
    held = min(max(1, round(share * num_rows)), num_rows - 1)
    return order[held:], order[:held]

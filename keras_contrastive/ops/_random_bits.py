"""Random numbers that are a function of (seed, step, row), on any backend.

Keras' own generators give different numbers on each backend and cannot be
entered at a row, so a replica could not know what its neighbors draw.
Threefry-2x32 is a counter-based generator: it scrambles a counter under a key
by additions, rotations and exclusive ors, which are the same everywhere.

Reference: Salmon et al., 2011, "Parallel random numbers: as easy as 1, 2, 3".
"""

from typing import Any

import numpy as np
from keras import ops

ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
PARITY = 0x1BD11BDA


def threefry_2x32(
    key: tuple[Any, Any], counter: tuple[Any, Any]
) -> tuple[Any, Any]:
    """Encrypts two words of counter under two words of key, in 20 rounds.

    Args:
        key: Pair of int32 tensors, read as 32-bit words.
        counter: Pair of int32 tensors that broadcast with the key.

    Returns:
        Pair of int32 tensors: 64 random bits for each counter.

    Example:

    >>> threefry_2x32((seed, step), (rows, columns))
    """
    words = [ops.convert_to_tensor(word, "int32") for word in key]
    parity = ops.bitwise_xor(ops.bitwise_xor(words[0], words[1]), PARITY)
    words.append(parity)
    a, b = (ops.convert_to_tensor(word, "int32") for word in counter)
    a, b = a + words[0], b + words[1]
    for block in range(5):
        for distance in ROTATIONS[block % 2]:
            a = a + b
            b = ops.bitwise_xor(rotate_left(b, distance), a)
        a = a + words[(block + 1) % 3]
        b = b + words[(block + 2) % 3] + (block + 1)
    return a, b


def rotate_left(x: Any, distance: int) -> Any:
    left = ops.bitwise_left_shift(x, distance)
    return ops.bitwise_or(left, logical_right_shift(x, 32 - distance))


def logical_right_shift(x: Any, distance: int) -> Any:
    # The shift of a signed integer drags the sign along: mask it away.
    shifted = ops.bitwise_right_shift(x, distance)
    return ops.bitwise_and(shifted, 2 ** (32 - distance) - 1)


def uniform_rows(seed: Any, step: Any, rows: Any, num_columns: int) -> Any:
    """Draws uniform numbers for rows of the global batch.

    Args:
        seed: Integer in [0, 2^31), the same for a whole training run, or
            int32 tensor `(batch, 1)` to give each row a key of its own.
        step: Integer or int32 scalar tensor, moves on with every batch, or
            `(batch, 1)` likewise.
        rows: int32 tensor `(batch,)`, positions in the global batch.
        num_columns: Integer, numbers wanted for each row.

    Returns:
        float32 tensor `(batch, num_columns)`, multiples of 2^-24 in [0, 1).

    Example:

    >>> uniform_rows(seed=1, step=0, rows=[0, 1], num_columns=2).shape
    (2, 2)
    """
    rows = ops.convert_to_tensor(rows, "int32")[:, None]
    blocks = np.arange((num_columns + 1) // 2, dtype="int32")[None]
    pair = threefry_2x32((seed, step), (rows, blocks))
    bits = logical_right_shift(ops.concatenate(pair, axis=1), 8)
    return ops.cast(bits[:, :num_columns], "float32") * 2.0**-24

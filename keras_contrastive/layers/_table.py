"""Rows that a queue or a bank keeps in a variable."""

from typing import Any

import keras
from keras import ops


def read_table(table: keras.Variable) -> Any:
    """All rows as they are now, without gradient."""
    rows = ops.convert_to_tensor(table)
    if keras.backend.backend() == "torch":
        # Or the variable itself would change under the reader.
        rows = ops.copy(rows)
    return ops.stop_gradient(rows)


def write_rows(table: keras.Variable, places: Any, rows: Any) -> None:
    """Writes `(count, units)` rows to places `(count,)` of a table."""
    if keras.backend.backend() == "torch":
        table.value.detach().index_copy_(0, places.long(), rows)
        return
    held = ops.convert_to_tensor(table)
    table.assign(ops.scatter_update(held, places[:, None], rows))

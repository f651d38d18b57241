from collections.abc import Mapping


def print_rows(rows: Mapping[str, str], *, width: int = 0) -> None:
    """Prints names and texts in two columns, the first one of that width."""
    width = max(width, *map(len, rows))
    for name, text in rows.items():
        print(f"{name:<{width}}  {text}", flush=True)

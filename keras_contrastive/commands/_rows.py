from collections.abc import Mapping


def print_rows(rows: Mapping[str, str]) -> None:
    """Prints names and texts in two columns."""
    width = max(map(len, rows))
    for name, text in rows.items():
        print(f"{name:<{width}}  {text}", flush=True)

"""What arguments of several commands have in common."""

import argparse
import difflib
from collections.abc import Iterable


def positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, not {text}")
    return value


def perhaps(name: str, known: Iterable[str]) -> str:
    """`"; perhaps a or b"`, of the known names that are near, if any."""
    close = difflib.get_close_matches(name, list(known), 3, cutoff=0.4)
    return f"; perhaps {' or '.join(close)}" if close else ""

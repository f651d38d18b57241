"""What arguments of several commands have in common."""

import argparse
import difflib
import os
import pathlib
from collections.abc import Iterable

# Inside the output, and how often it is written.
CHECKPOINT = "checkpoint"
EVERY_MINUTES = 10
LARGEST_SEED = 2**31 - 1


def positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, not {text}")
    return value


def batch_size(text: str) -> int:
    value = int(text)
    if value < 2:
        raise argparse.ArgumentTypeError(
            "must be at least 2, as one image has no other to be compared "
            f"with, not {text}"
        )
    return value


def seed(text: str) -> int:
    value = int(text)
    if not 0 <= value <= LARGEST_SEED:
        raise argparse.ArgumentTypeError(
            f"must be from 0 to {LARGEST_SEED}, not {text}"
        )
    return value


def folder(text: str) -> pathlib.Path:
    """A path, of which shells leave `--data-dir=~/photos` as it is."""
    return pathlib.Path(os.path.expanduser(text))


def add_run_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds `--seed` and `--resume`."""
    parser.add_argument(
        "--seed", type=seed, default=0, metavar="N", help="(default: 0)"
    )
    parser.add_argument(
        "--resume", action="store_true", help="go on with the run in --output"
    )


def is_begun(output: pathlib.Path) -> bool:
    return (output / CHECKPOINT).exists()


def check_not_begun(output: pathlib.Path) -> None:
    """Raises `ValueError` for the folder of another run."""
    if is_begun(output):
        raise ValueError(
            f"{output} holds a run that was begun: go on with --resume, or "
            "give another --output"
        )


def perhaps(name: str, known: Iterable[str]) -> str:
    """`"; perhaps a or b"`, of the known names that are near, if any."""
    close = difflib.get_close_matches(name, list(known), 3, cutoff=0.4)
    return f"; perhaps {' or '.join(close)}" if close else ""

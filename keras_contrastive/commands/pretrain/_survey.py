import os
import pathlib
import warnings
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from keras_contrastive.commands._even_rows import even_rows
from keras_contrastive.data import verify
from keras_contrastive.data._find_images import find_images
from keras_contrastive.data._folder import MAX_COUNT, MAX_SHARE
from keras_contrastive.data._read_image import FORMATS

# Two batches of eight: a batch compares each picture with the others of it.
FEWEST = 16
# Of pictures whose size is looked at.
LOOKED_AT = 1000


@dataclass(frozen=True)
class Survey:
    """What lies in a folder.

    Args:
        folder: String, its whole path.
        files: List of paths of the pictures in it, sorted.
        sides: Integers, the shorter side in pixels, of at most 1000 pictures.
        unreadable: Dictionary from paths of broken files to the reasons.
        left_out: String, what else lies there, or `""`.
    """

    folder: str
    files: list[str]
    sides: np.ndarray
    unreadable: dict[str, str]
    left_out: str

    @property
    def side(self) -> int:
        """Pixels, of half of the pictures both sides are this or more."""
        return int(np.median(self.sides))


def survey(folder: pathlib.Path) -> Survey:
    """Looks at all pictures of a folder, and decodes each once.

    Raises:
        ValueError: If there is nothing to pretrain on.
    """
    check_is_folder(folder)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        files = find_images(folder, follow_links=False)
        left_out = "".join(str(warning.message) for warning in caught)
        unreadable = verify(folder)
    count, broken = len(files), len(unreadable)
    examples = "; ".join(
        f"{path}: {reason}" for path, reason in list(unreadable.items())[:3]
    )
    if broken == count:
        raise ValueError(
            f"none of the {count} pictures in {folder} can be read: {examples}"
        )
    if broken > max(MAX_COUNT, int(MAX_SHARE * count)):
        raise ValueError(
            f"{broken} of the {count} pictures in {folder} cannot be read, "
            "too many to pass over; move them away: "
            f"{examples}{'; ...' * (broken > 3)}"
        )
    if count - broken < FEWEST:
        raise ValueError(
            f"{folder} holds {count - broken} pictures, too few: at least "
            f"{FEWEST} are needed, two batches of 8, as each picture is "
            "compared with the others of its batch. Hundreds are a beginning"
        )
    sides = sizes(
        os.path.join(folder, files[row]) for row in even_rows(count, LOOKED_AT)
    )
    path = os.path.abspath(folder)
    return Survey(path, files, np.array(sides), unreadable, left_out)


def check_is_folder(folder: pathlib.Path) -> None:
    if folder.is_file():
        raise ValueError(
            f"{folder} is a file: give the folder that holds the pictures"
        )
    if not folder.is_dir():
        raise ValueError(f"there is no folder {folder}")


def sizes(paths: Iterable[str]) -> list[int]:
    """The shorter sides, from headers alone."""
    found = []
    for path in paths:
        try:
            with Image.open(path, formats=FORMATS) as image:
                found.append(min(image.size))
        except (OSError, ValueError, SyntaxError):
            continue  # named among the unreadable
    return found

"""Images that are in a training set and in its test set."""

import hashlib
from collections.abc import Iterable

import numpy as np


def digest(image: np.ndarray) -> bytes:
    """16 bytes, the same for equal pictures and for no others.

    Of floats, which are compared in float32, those that are 8 bits divided by
    255 equal these, up to their rounding.

    Args:
        image: Array `(height, width, channels)`, `uint8` in 0..255 or float
            in 0..1.
    """
    if image.dtype != "uint8":
        image = 255 * image.astype("float32")
        levels = np.rint(image)
        if (np.abs(image - levels) <= 3e-7 * levels).all():
            image = levels.astype("uint8")
    kind = f"{image.shape} {image.dtype}".encode()
    return hashlib.blake2b(kind + image.tobytes(), digest_size=16).digest()


def check_max_overlap(max_overlap: float) -> None:
    if not 0 <= max_overlap <= 1:
        raise ValueError(
            "`max_overlap` must be a share of the images, from 0 to 1. "
            f"Received: max_overlap={max_overlap}"
        )


def check_overlap(
    train: Iterable[bytes], test: Iterable[bytes], max_overlap: float
) -> None:
    """Compares two sets of images by the digests of their pictures.

    A picture that a set holds several times counts once.

    Args:
        train: Digests of the images to learn from.
        test: Digests of the images to test on.
        max_overlap: Float in 0..1, share of either set that may be in the
            other.

    Raises:
        ValueError: If more of them are.
    """
    check_max_overlap(max_overlap)
    sets = {"test": set(test), "train": set(train)}
    shared = len(sets["test"] & sets["train"])
    # A few images to learn from are a small share of a test set.
    name, other = sorted(sets, key=lambda name: len(sets[name]))
    count = len(sets[name])
    if shared / count > max_overlap:
        raise ValueError(
            "`test` must hold other images than `train`: split them, for "
            'example by `"train[:80%]"` and `"train[80%:]"`, or go on by '
            f"`max_overlap={np.ceil(100 * shared / count) / 100}`. "
            f"Received: {shared} of {count} images of `{name}`, equal ones "
            f"counted once, are in `{other}`"
        )

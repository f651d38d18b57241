import os
from pathlib import Path
from typing import Any

import numpy as np

from keras_contrastive._check_integer import check_integer
from keras_contrastive.data._on_demand import OnDemand
from keras_contrastive.data._resize import check_image_size, pillow, resize
from keras_contrastive.data.batches import Batches

# Without GIF and SVG, which may hold films and programs.
FORMATS = {
    ".bmp": "BMP",
    ".jpeg": "JPEG",
    ".jpg": "JPEG",
    ".png": "PNG",
    ".webp": "WEBP",
}
MAX_PIXELS = 64_000_000


def from_folder(
    path: str | os.PathLike[str],
    batch_size: int,
    *,
    image_size: int,
    labels: bool = False,
    index: bool = False,
    shuffle: bool | None = None,
    seed: int = 0,
    drop_remainder: bool | None = None,
    max_pixels: int = MAX_PIXELS,
) -> Batches:
    """Makes batches of the images in a folder, read whenever they are needed.

    Takes JPEG, PNG, WebP and BMP files in the folder and all its subfolders,
    sorted by path, except hidden ones; does not follow links that lead out of
    the folder. Images become RGB; their shorter side is resized to
    `image_size` and the center is cut out.

    Args:
        path: Folder.
        batch_size: Integer of at least 1, see `Batches`.
        image_size: Integer, height and width in pixels.
        labels: Boolean, whether to hand out labels. Every image must then lie
            in a subfolder, and its label is the rank of that subfolder by
            name, from 0. Defaults to `False`.
        index: Boolean, whether to hand out the rank of each image by path.
            Defaults to `False`.
        shuffle: Boolean, whether to draw a new order for every epoch. Defaults
            to `True` without labels and `False` with labels.
        seed: Integer from 0, seed of the order. Defaults to 0.
        drop_remainder: Boolean, whether to leave out the last images of an
            epoch if they do not fill a batch. Defaults to `shuffle`.
        max_pixels: Integer. A small file can hold a huge image: an image
            whose header states more pixels is refused before it is decoded.
            Defaults to 64 million.

    Returns:
        `Batches` of `uint8` images `(batch, image_size, image_size, 3)`.

    Raises:
        ValueError: If the folder holds no images, or an argument is out of
            its range; while reading, if a file is no readable image. The
            message has its path.
        ImportError: If Pillow is missing.

    Example:

    >>> train = kc.data.from_folder("photos", batch_size=128, image_size=96)
    """
    pillow()
    check_image_size(image_size)
    check_integer("max_pixels", max_pixels, 1)
    root = Path(path)
    if not root.is_dir():
        raise ValueError(f"`path` must be a folder. Received: path={path}")
    files = find_images(root)
    if not files:
        raise ValueError(
            f"`path` must hold images, files that end in {sorted(FORMATS)}. "
            f"Received: path={path}"
        )
    names, classes = None, None
    if labels:
        names, classes = folder_classes(root, files)

    def read_one(row: int) -> tuple[np.ndarray, Any]:
        image = read_image(files[row], image_size, max_pixels)
        return image, None if classes is None else classes[row]

    batches = Batches(
        OnDemand(len(files), read_one),
        batch_size,
        shuffle=shuffle,
        seed=seed,
        drop_remainder=drop_remainder,
        labels=labels,
        index=index,
    )
    batches.class_names = names
    return batches


def find_images(root: Path) -> list[Path]:
    inside = root.resolve()
    files = []
    for folder, folders, names in os.walk(root):  # enters no linked folder
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            file = Path(folder, name)
            if name.startswith(".") or file.suffix.lower() not in FORMATS:
                continue
            if file.resolve().is_relative_to(inside):
                files.append(file)
    return sorted(files)


def folder_classes(
    root: Path, files: list[Path]
) -> tuple[list[str], list[int]]:
    """Returns the names of the classes, and the class of each file."""
    parts = [file.relative_to(root).parts for file in files]
    if any(len(part) == 1 for part in parts):
        example = next(
            f for f, p in zip(files, parts, strict=True) if not p[1:]
        )
        raise ValueError(
            "`labels=True` needs every image in the subfolder of its class. "
            f"Received: {example}"
        )
    names = sorted({part[0] for part in parts})
    return names, [names.index(part[0]) for part in parts]


def read_image(file: Path, image_size: int, max_pixels: int) -> np.ndarray:
    image_module = pillow()
    try:
        # Opening reads the header only.
        with image_module.open(file, formats=tuple(FORMATS.values())) as image:
            if image.width * image.height > max_pixels:
                raise ValueError(
                    f"{image.width} x {image.height} pixels are more than "
                    f"`max_pixels={max_pixels}`"
                )
            # A JPEG is decoded at a fraction of its size if that is enough.
            image.draft("RGB", (2 * image_size, 2 * image_size))
            return resize(image.convert("RGB"), image_size)
    except (
        OSError,
        SyntaxError,
        ValueError,
        image_module.DecompressionBombError,
    ) as error:
        raise ValueError(f"Cannot read the image {file}: {error}") from error

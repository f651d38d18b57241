import dataclasses
import os
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from keras_contrastive._check_integer import check_integer
from keras_contrastive._checked import checked
from keras_contrastive.data._find_images import class_of, find_images
from keras_contrastive.data._on_demand import OnDemand, Readers
from keras_contrastive.data._read_image import MAX_PIXELS, WHITE, read_image
from keras_contrastive.data._resize import height_and_width
from keras_contrastive.data.batches import Batches

# How many images may be replaced by others: the larger of the two.
MAX_SHARE, MAX_COUNT = 0.001, 10


@checked
def from_folder(
    path: str | os.PathLike[str],
    batch_size: int,
    *,
    image_size: int | tuple[int, int],
    labels: bool = False,
    index: bool = False,
    shuffle: bool | None = None,
    seed: int = 0,
    drop_remainder: bool | None = None,
    max_pixels: int = MAX_PIXELS,
    background: tuple[int, int, int] = WHITE,
    follow_links: bool = False,
    on_error: str = "raise",
) -> Batches:
    """Makes batches of the images in a folder, read whenever they are needed.

    Takes JPEG, PNG, WebP, TIFF and BMP files in the folder and all its
    subfolders, sorted by path, and warns of what it leaves out: other endings,
    hidden files and folders, links out of the folder, linked folders.

    Images become RGB as a viewer shows them: turned as their EXIF orientation
    says, the first one if a file holds several. Gray of more than 8 bits is
    scaled by the range of its type, e.g. 0..65535 to 0..255; floats must lie
    in 0..1. Color profiles are not applied. An image keeps its aspect ratio:
    it is resized until it just covers `image_size`, and the center is cut out.
    A JPEG with both sides three times that of `image_size` or more is decoded
    at 1/2, 1/4 or 1/8, which leaves a factor of 1.5 or more to resize,
    antialiased. Photographs differ from the whole, resized in one step, by
    less than 1 of 255 on average, and by 25 at most.

    Args:
        path: Folder.
        batch_size: Integer of at least 1, see `Batches`.
        image_size: Integer or `(height, width)`, in pixels.
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
            At most four of more than 4 million are decoded at once. Pillow has
            a limit of its own, `PIL.Image.MAX_IMAGE_PIXELS`. Defaults to 64
            million.
        background: Three integers in 0..255, the RGB color behind transparent
            images. Defaults to white.
        follow_links: Boolean, whether to follow links out of the folder and
            to enter linked folders, each once. Defaults to `False`.
        on_error: `"raise"`; or `"substitute"`: in place of an image that
            cannot be read comes the next one by path that can, after the last
            the first, and with labels only of the same class. All images keep
            their indices and labels. That is warned of once; a dictionary
            `source.unreadable` of the result holds the reason for each path.
            More than 10 such images, and more than 0.1 %, raise an error.
            Defaults to `"raise"`.

    Returns:
        `Batches` of `uint8` images `(batch, height, width, 3)`.

    Raises:
        ValueError: If the folder holds no images, or an argument is out of
            its range; while reading, if a file is no readable image. The
            message has its path; `verify` finds all such files.

    Example:

    >>> train = kc.data.from_folder("photos", batch_size=128, image_size=96)
    """
    size = height_and_width(image_size)
    check_integer("max_pixels", max_pixels, 1)
    background = color(background)
    if on_error not in ("raise", "substitute"):
        raise ValueError(
            "`on_error` must be 'raise' or 'substitute'. "
            f"Received: on_error={on_error!r}"
        )
    files = find_images(path, follow_links=follow_links, labels=labels)
    names, classes = None, None
    if labels:
        names, classes = folder_classes(files)
    source = Folder(
        path=os.fspath(path),
        files=files,
        labels=classes,
        image_size=size,
        max_pixels=max_pixels,
        background=background,
        substitute=on_error == "substitute",
    )
    batches = Batches(
        source,
        batch_size,
        shuffle=shuffle,
        seed=seed,
        drop_remainder=drop_remainder,
        labels=labels,
        index=index,
    )
    batches.class_names = names
    return batches


def folder_classes(files: list[str]) -> tuple[list[str], np.ndarray]:
    """Returns the names of the classes, and the class of each file."""
    strays = [file for file in files if os.sep not in file]
    if strays:
        raise ValueError(
            "`labels=True` needs every image in the subfolder of its class. "
            f"Received: {strays[0]}"
        )
    classes = [class_of(file) for file in files]
    names = sorted(set(classes))
    ranks = {name: rank for rank, name in enumerate(names)}
    return names, np.array([ranks[name] for name in classes])


def color(background: Any) -> tuple[int, int, int]:
    if not isinstance(background, tuple | list) or len(background) != 3:
        raise ValueError(
            "`background` must be three integers in 0..255, red, green and "
            f"blue. Received: background={background}"
        )
    for value in background:
        check_integer("background", value, 0, 255, ", for each of the colors")
    red, green, blue = background
    return red, green, blue


@dataclasses.dataclass(eq=False)
class Folder(OnDemand):
    """Source of images that are read and decoded whenever they are needed.

    Files are sorted by path, which sorts the labels too.
    """

    path: str
    files: list[str]
    labels: np.ndarray | None
    image_size: tuple[int, int]
    max_pixels: int
    background: tuple[int, int, int]
    substitute: bool
    unreadable: dict[str, str] = dataclasses.field(
        default_factory=dict, init=False
    )
    has_warned: bool = dataclasses.field(default=False, init=False)

    def __len__(self) -> int:
        return len(self.files)

    def __repr__(self) -> str:
        height, width = self.image_size
        return f"folder {self.path!r}, images ({height}, {width}, 3) uint8"

    def select(self, rows: np.ndarray) -> "Folder":
        """A source of some of the images, which also stand in for its own."""
        return dataclasses.replace(
            self,
            files=[self.files[row] for row in rows],
            labels=None if self.labels is None else self.labels[rows],
        )

    def gather(
        self, indices: np.ndarray, found: list[np.ndarray]
    ) -> tuple[np.ndarray, Any]:
        if self.unreadable and not self.has_warned:
            self.has_warned = True
            path, reason = next(iter(self.unreadable.items()))
            warnings.warn(
                f"Cannot read the image {path}: {reason}. The next one by path "
                "stands in for it, as for all further ones. A dictionary, "
                "`source.unreadable` of the data, lists them.",
                stacklevel=2,
            )
        labels = None if self.labels is None else self.labels[indices]
        return np.stack(found), labels

    def read_one(self, row: int, readers: Readers) -> np.ndarray:
        for candidate in self.candidates(row):
            path = os.path.join(self.path, self.files[candidate])
            try:
                return read_image(
                    path,
                    self.image_size,
                    self.max_pixels,
                    self.background,
                    readers.large,
                )
            except ValueError as error:
                message = f"Cannot read the image {path}: {error}"
                if not self.substitute:
                    raise ValueError(
                        f"{message}. `kc.data.verify` finds all such files; "
                        "`on_error='substitute'` puts others in their place"
                    ) from error
                self.unreadable[path] = str(error)
                if len(self.unreadable) > self.most_unreadable:
                    raise ValueError(
                        f"`on_error='substitute'` replaces at most "
                        f"{self.most_unreadable} of {len(self)} images, find "
                        f"all others by `kc.data.verify`. {message}"
                    ) from error
        raise ValueError(f"{message}, nor any other of its class")

    @property
    def most_unreadable(self) -> int:
        return max(MAX_COUNT, int(MAX_SHARE * len(self)))

    def candidates(self, row: int) -> Iterator[int]:
        """The row itself, then those that may stand in for it."""
        first, end = 0, len(self)
        if self.labels is not None:
            label = self.labels[row]
            first, end = np.searchsorted(self.labels, [label, label + 1])
        yield from range(row, end)
        yield from range(first, row)

import os
import warnings

from keras_contrastive.commands.recipe._data import BATCH_SIZE, RecipeData
from keras_contrastive.data import Batches, verify
from keras_contrastive.data._find_images import LOCKED, Search
from keras_contrastive.data._folder import Folder
from keras_contrastive.evaluation._overlap import check_overlap, digest

# That of `kc.evaluation`.
MAX_OVERLAP = 0.05


def check_images(data: RecipeData, *, is_begun: bool) -> None:
    """Reads those of folders for what would else end a run when it is late.

    Args:
        data: `RecipeData`.
        is_begun: Boolean, whether a run was begun with the training images,
            which are then read no more.

    Raises:
        ValueError: If a test image cannot be read, or more training images
            than others may stand in for, or too many images are in both sets.
    """
    if not isinstance(data.train.source, Folder):
        return
    which = "the test images" if is_begun else "all images"
    print(f"Reading {which} before the training", flush=True)
    check_readable(data.test.source.path)
    if is_begun:
        return
    check_apart(data.train, data.test)
    if data.source is not data.train.source:
        for _ in Batches(data.source, BATCH_SIZE, shuffle=False):
            pass


def check_readable(folder: str) -> None:
    """Decodes all images: accuracy is that of each test image, once."""
    found = Search(os.path.realpath(folder), follow_links=False)
    for path in found.left_out[LOCKED]:
        raise ValueError(
            "the images to test on cannot all be read, as a folder cannot be "
            f"opened: {os.path.join(folder, path)}"
        )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Images in")  # said by `from_folder`
        unreadable = verify(folder)
    if unreadable:
        path, reason = next(iter(unreadable.items()))
        raise ValueError(
            f"{len(unreadable)} of the test images cannot be read, the first "
            f"is {path}: {reason}"
        )


def check_apart(train: Batches, test: Batches) -> None:
    """Names images of folders that are in both, where they are too many."""
    learned, tested = paths_by_digest(train), paths_by_digest(test)
    try:
        check_overlap(learned, tested, MAX_OVERLAP)
    except ValueError as error:
        shared = [each for each in tested if each in learned]
        examples = "; ".join(
            f"{tested[each]} shows what {learned[each]} does"
            for each in shared[:3]
        )
        raise ValueError(
            f"{len(shared)} of the images to test on are among those to train "
            "on, too many to pass over; move them out of one: "
            f"{examples}{'; ...' * (len(shared) > 3)}"
        ) from error


def paths_by_digest(data: Batches) -> dict[bytes, str]:
    images = (image for images, _ in data for image in images)
    paths = (f"{data.source.path}/{file}" for file in data.source.files)
    return dict(zip(map(digest, images), paths, strict=True))

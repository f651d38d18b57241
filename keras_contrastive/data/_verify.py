import os

from keras_contrastive._check_integer import check_integer
from keras_contrastive._checked import checked
from keras_contrastive.data._find_images import find_images
from keras_contrastive.data._on_demand import Readers
from keras_contrastive.data._read_image import (
    MAX_PIXELS,
    WHITE,
    read_image,
)


@checked
def verify(
    path: str | os.PathLike[str],
    *,
    max_pixels: int = MAX_PIXELS,
    follow_links: bool = False,
) -> dict[str, str]:
    """Decodes all images of a folder and lists those that cannot be read.

    Takes the files that `from_folder` takes, and warns of the same ones that
    are left out. A damaged file that still decodes, to wrong pixels, is not
    found: only a checksum tells it.

    Args:
        path: Folder.
        max_pixels: Integer, see `from_folder`. Defaults to 64 million.
        follow_links: Boolean, see `from_folder`. Defaults to `False`.

    Returns:
        Dictionary from the path of each unreadable file to the reason, sorted
        by path; empty if all is well.

    Raises:
        ValueError: If the folder holds no images, or an argument is out of
            its range.

    Example:

    >>> for path, reason in kc.data.verify("photos").items():
    ...     print(path, reason)
    """
    check_integer("max_pixels", max_pixels, 1)
    files = find_images(path, follow_links=follow_links)
    paths = [os.path.join(path, file) for file in files]

    def reason(path: str) -> str | None:
        try:
            read_image(path, (1, 1), max_pixels, WHITE, readers.large)
        except ValueError as error:
            return str(error)
        return None

    with Readers() as readers:
        reasons = zip(paths, readers.each(reason, paths), strict=True)
        return {path: why for path, why in reasons if why}

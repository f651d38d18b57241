import os
import warnings
from collections import defaultdict, deque
from typing import Any

ENDINGS = (
    ".bmp",
    ".jfif",
    ".jpe",
    ".jpeg",
    ".jpg",
    ".png",
    ".tif",
    ".tiff",
    ".webp",
)
# What desktops leave in every folder is not worth a word.
SYSTEM_FILES = (".DS_Store", "Thumbs.db", "desktop.ini")
LOCKED = "folders that cannot be opened"


def find_images(
    path: Any, *, follow_links: bool, labels: bool = False
) -> list[str]:
    """Lists the images in a folder and its subfolders, sorted by path.

    Warns of what is left out and, with labels, of classes without images.

    Returns:
        List of paths, relative to `path`.
    """
    if not isinstance(path, str | os.PathLike) or not os.path.isdir(path):
        raise ValueError(
            "`path` must be a folder that exists, whole or as seen from "
            f"{os.getcwd()}. Received: path={path}"
        )
    found = Search(os.path.realpath(path), follow_links)
    left_out = "; ".join(
        f"{what}, {len(paths)} ({', '.join(sorted(paths)[:3])}"
        + ", ..." * (len(paths) > 3)
        + ")"
        for what, paths in found.left_out.items()
    )
    if not found.files:
        raise ValueError(
            f"`path` must hold images, files that end in {', '.join(ENDINGS)}. "
            f"Received: path={path}; left out: {left_out or 'nothing'}"
        )
    warning = f" Left out: {left_out}." if left_out else ""
    empty = set()
    if labels:
        empty = found.classes - {class_of(file) for file in found.files}
    if empty:
        warning += f" Classes without images: {', '.join(sorted(empty))}."
    if warning:
        warnings.warn(
            f"Images in {path}: {len(found.files)}.{warning}", stacklevel=4
        )
    # By the parts of the path, between which stands what no name can hold.
    return sorted(found.files, key=lambda file: file.replace(os.sep, "\0"))


def class_of(file: str) -> str:
    return file.split(os.sep, 1)[0]


class Search:
    """Looks for images; enters each folder once, whatever the links.

    Attributes:
        files: List of paths of images, relative to the root.
        left_out: Dictionary from what is left out to a list of its paths.
        classes: Set of names, the folders in the root.
    """

    def __init__(self, root: str, follow_links: bool) -> None:
        self.root, self.follow_links = root, follow_links
        self.files: list[str] = []
        self.left_out: dict[str, list[str]] = defaultdict(list)
        self.classes: set[str] = set()
        self.folders = deque([""])
        self.links: deque[str] = deque()
        self.entered: set[tuple[int, int]] = set()
        # Links last: a folder goes by its own name where it has one.
        while self.folders or self.links:
            waiting = self.folders or self.links
            self.enter(waiting.popleft())

    def enter(self, folder: str) -> None:
        location = os.path.join(self.root, folder)
        try:
            status = os.stat(location)
            with os.scandir(location) as entries:
                contents = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            self.left_out[LOCKED].append(folder)
            return
        identity = (status.st_dev, status.st_ino)
        if identity in self.entered:
            self.left_out["links to folders that are read"].append(folder)
            return
        self.entered.add(identity)
        prefix = os.path.join(folder, "")
        for entry in contents:
            if entry.name not in SYSTEM_FILES:
                self.sort(entry, prefix + entry.name)

    def sort(self, entry: os.DirEntry[str], path: str) -> None:
        """Puts an entry among what is read, entered or left out."""
        linked = entry.is_symlink()
        # Of a link whose target cannot be reached `entry` raises an error.
        is_folder = os.path.isdir(entry) if linked else entry.is_dir()
        if entry.name.startswith("."):
            self.left_out["hidden"].append(path)
        elif is_folder:
            if os.sep not in path:
                self.classes.add(path)
            if not linked:
                self.folders.append(path)
            elif self.follow_links:
                self.links.append(path)
            else:
                self.left_out[
                    "linked folders (`follow_links=True` enters them)"
                ].append(path)
        elif linked and not os.path.exists(entry):
            self.left_out["links to nothing"].append(path)
        elif not entry.name.lower().endswith(ENDINGS):
            self.left_out["other endings"].append(path)
        elif not (os.path.isfile(entry) if linked else entry.is_file()):
            self.left_out["no regular files"].append(path)
        elif linked and not self.follow_links and self.leads_out(entry):
            self.left_out[
                "links out of the folder (`follow_links=True` follows them)"
            ].append(path)
        else:
            self.files.append(path)

    def leads_out(self, link: os.DirEntry[str]) -> bool:
        return not os.path.realpath(link).startswith(
            os.path.join(self.root, "")
        )

import os

import pytest
from PIL import Image

from keras_contrastive.data import from_folder, verify


def save(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (4, 4)).save(path, format="PNG")


@pytest.fixture
def store(tmp_path):
    """Images outside the folder `root`."""
    save(tmp_path / "store" / "1.png")
    save(tmp_path / "store" / "deep" / "2.png")
    (tmp_path / "root").mkdir()
    return tmp_path


def names(folder, **kwargs):
    batches = from_folder(folder, 1, image_size=4, **kwargs)
    return [name.replace(os.sep, "/") for name in batches.source.files]


def test_every_ending(tmp_path):
    endings = "bmp jfif jpe jpeg JPG Png tif TIFF webp".split()
    for ending in endings:
        save(tmp_path / f"x.{ending}")
    assert len(names(tmp_path)) == len(endings)


def test_order_is_that_of_the_parts_of_the_path(tmp_path):
    for name in ("a/1.png", "a-b/0.png", "a.png", "B/0.png", "a/0/0.png"):
        save(tmp_path / name)
    assert names(tmp_path) == [
        "B/0.png",
        "a/0/0.png",
        "a/1.png",
        "a-b/0.png",
        "a.png",
    ]


def test_one_warning_counts_what_is_left_out(store):
    root = store / "root"
    save(root / "a" / "0.png")
    for number in range(4):
        save(root / "a" / f"{number}.gif")
    save(root / "a" / ".hidden.png")
    save(root / ".cache" / "0.png")
    (root / "a" / ".DS_Store").touch()
    (root / "linked").symlink_to(store / "store")
    (root / "a" / "out.png").symlink_to(store / "store" / "1.png")
    (root / "a" / "lost.png").symlink_to(store / "nothing.png")
    save(root / "b" / "0.gif")
    os.mkfifo(root / "a" / "pipe.png")
    with pytest.warns(UserWarning) as caught:
        assert names(root, labels=True) == ["a/0.png"]
    (message,) = [str(warning.message) for warning in caught]
    for part in (
        f"Images in {root}: 1. Left out: hidden, ",
        "hidden, 2 (.cache, a/.hidden.png);",
        "other endings, 5 (a/0.gif, a/1.gif, a/2.gif, ...);",
        "linked folders (`follow_links=True` enters them), 1 (linked)",
        "links out of the folder (`follow_links=True` follows them), 1 (a/out",
        "links to nothing, 1 (a/lost.png)",
        "no regular files, 1 (a/pipe.png)",
        "Classes without images: b, linked.",
    ):
        assert part in message
    assert caught[0].filename == __file__


def test_a_folder_that_cannot_be_opened(tmp_path, monkeypatch):
    save(tmp_path / "a" / "0.png")
    save(tmp_path / "locked" / "0.png")
    scan = os.scandir

    def refuse(path):
        if str(path).endswith("locked"):
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.warns(
        UserWarning, match=r"cannot be opened, 1 \(locked\).*: lock"
    ):
        assert names(tmp_path, labels=True) == ["a/0.png"]


def test_nothing_but_what_is_left_out(tmp_path):
    (tmp_path / "x.gif").touch()
    with pytest.raises(
        ValueError, match=r"left out: other endings, 1 .*\(x.gif\)"
    ):
        names(tmp_path)


def test_links_are_followed_on_demand(store):
    root = store / "root"
    (root / "one.png").symlink_to(store / "store" / "1.png")
    (root / "class").symlink_to(store / "store")
    assert names(root, follow_links=True) == [
        "class/1.png",
        "class/deep/2.png",
        "one.png",
    ]
    assert verify(root, follow_links=True) == {}


def test_links_in_a_circle_are_entered_once(tmp_path):
    folders = [tmp_path / name for name in "abcdefghijkl"]
    for folder in folders:
        save(folder / "0.png")
    for folder in folders:
        for other in [*folders, tmp_path]:
            (folder / f"to_{other.name}").symlink_to(other)
    (tmp_path / "itself").symlink_to(tmp_path / "itself")
    with pytest.warns(
        UserWarning, match="links to folders that are read, 156 "
    ):
        found = names(tmp_path, follow_links=True)
    assert found == [f"{folder.name}/0.png" for folder in folders]


@pytest.mark.parametrize("path", [None, 7, "nowhere", "a\0b"])
def test_no_folder(path):
    for function in (lambda p: names(p), verify):
        with pytest.raises(
            ValueError, match="`path` must be a (folder|string or a path)"
        ):
            function(path)

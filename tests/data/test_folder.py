import os
import pickle
import re
import threading

import numpy as np
import pytest
from PIL import Image

from keras_contrastive.data import _folder, _read_image, from_folder
from keras_contrastive.data._resize import resize


def save(path, value, size=(12, 8), mode="RGB"):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, value).save(path)


@pytest.fixture
def classes(tmp_path):
    save(tmp_path / "b" / "1.jpg", (10, 10, 10))
    save(tmp_path / "b" / "deep" / "2.PNG", (20, 20, 20), size=(5, 9))
    save(tmp_path / "a" / "3.webp", (30, 30, 30))
    save(tmp_path / "a" / "4.bmp", (40, 40, 40))
    save(tmp_path / "a" / ".5.png", (50, 50, 50))
    save(tmp_path / ".hidden" / "6.png", (60, 60, 60))
    save(tmp_path / "b" / "7.gif", 70, mode="L")
    (tmp_path / "b" / "notes.txt").write_text("not an image")
    return tmp_path


def test_sub_folders_are_classes(classes):
    with pytest.warns(UserWarning, match="hidden, 2 .*other endings, 2 "):
        batches = from_folder(classes, 4, image_size=6, labels=True)
    assert batches.class_names == ["a", "b"]
    ((images, labels),) = batches
    assert images.shape == (4, 6, 6, 3) and images.dtype == "uint8"
    assert np.abs(images[:, 0, 0, 0] - [30.0, 40, 10, 20]).max() <= 2
    assert labels.tolist() == [0, 0, 1, 1]


def test_flat_folder(tmp_path):
    for i in range(5):
        save(tmp_path / f"{i}.png", (i, i, i))
    batches = from_folder(tmp_path, 2, image_size=4, index=True)
    assert batches.shuffle and len(batches) == 2
    assert batches.class_names is None
    for x in batches:
        np.testing.assert_array_equal(x["images"][:, 0, 0, 0], x["index"])


@pytest.mark.parametrize(
    "mode, value", [("L", 90), ("RGBA", (90, 90, 90, 0)), ("1", 1), ("P", 3)]
)
def test_every_mode_becomes_rgb(tmp_path, mode, value):
    save(tmp_path / "x.png", value, mode=mode)
    (images,) = from_folder(tmp_path, 1, image_size=4)
    assert images.shape == (1, 4, 4, 3)


def test_resize_keeps_the_middle_of_the_longer_side():
    pixels = np.zeros((4, 12, 3), "uint8")
    pixels[:, 4:8] = 200  # the middle third
    np.testing.assert_array_equal(resize(Image.fromarray(pixels), (4, 4)), 200)
    np.testing.assert_array_equal(
        resize(Image.fromarray(pixels), (8, 8))[:, 2:6], 200
    )


def test_resize_averages_what_it_shrinks():
    pixels = np.zeros((64, 64), "uint8")
    pixels[::2] = 200
    small = resize(Image.fromarray(pixels), (8, 8))
    assert small.shape == (8, 8, 1)
    assert np.abs(small.astype(int) - 100).max() < 15


def test_links_out_of_the_folder_are_not_followed(tmp_path):
    save(tmp_path / "outside" / "secret.png", (1, 1, 1))
    root = tmp_path / "root"
    save(root / "inside.png", (2, 2, 2))
    (root / "out.png").symlink_to(tmp_path / "outside" / "secret.png")
    (root / "again.png").symlink_to(root / "inside.png")
    (root / "folder").symlink_to(tmp_path / "outside")
    with pytest.warns(
        UserWarning, match="linked folders .*, 1 .*links out of .*, 1 "
    ):
        batches = from_folder(root, 1, image_size=4)
    assert batches.num_images == 2


def test_goes_to_other_processes(classes):
    with pytest.warns(UserWarning):
        batches = from_folder(classes, 2, image_size=6, labels=True)
    (images, labels), *_ = pickle.loads(pickle.dumps(batches))
    np.testing.assert_array_equal(images, next(iter(batches))[0])
    assert labels.tolist() == [0, 0]


def test_repr(classes):
    with pytest.warns(UserWarning):
        batches = from_folder(classes, 2, image_size=(6, 8), labels=True)
    assert repr(batches).startswith(
        f"<Batches of 4 images: folder {str(classes)!r}, images (6, 8, 3) "
        "uint8; 2 classes a, b; batch_size=2, "
    )


def test_only_few_large_images_are_decoded_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(_read_image, "LARGE", 90)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    for i in range(8):
        save(tmp_path / f"{i}.png", (i, i, i))
    in_rgb, names = _read_image.in_rgb, set()

    def watched(*args):
        names.add(threading.current_thread().name)
        return in_rgb(*args)

    monkeypatch.setattr(_read_image, "in_rgb", watched)
    batches = from_folder(tmp_path, 8, image_size=4, shuffle=False)
    (images,) = batches
    assert images[:, 0, 0, 0].tolist() == list(range(8))
    assert len(names) <= 2


def test_the_next_batch_does_not_wait_for_the_slowest_image(
    tmp_path, monkeypatch
):
    for i in range(4):
        save(tmp_path / f"{i}.png", (i, i, i))
    read, next_is_begun = _folder.read_image, threading.Event()

    def watched(file, *args):
        if file.endswith("2.png"):
            next_is_begun.set()
        if file.endswith("1.png"):
            assert next_is_begun.wait(5)
        return read(file, *args)

    monkeypatch.setattr(_folder, "read_image", watched)
    batches = from_folder(tmp_path, 2, image_size=4, shuffle=False)
    found = [images[:, 0, 0, 0].tolist() for images in batches]
    assert found == [[0, 1], [2, 3]]


def test_header_is_checked_before_decoding(tmp_path, monkeypatch):
    save(tmp_path / "big.png", 0, size=(300, 200), mode="L")

    def decode(*args):
        raise AssertionError("decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", decode)
    batches = from_folder(tmp_path, 1, image_size=4, max_pixels=59_999)
    with pytest.raises(ValueError, match="big.png: 300 x 200.*`max_pixels=59"):
        list(batches)


@pytest.mark.parametrize("damage", ["cut", "text", "empty", "svg"])
def test_unreadable_file_is_named(tmp_path, damage):
    path = tmp_path / "broken.jpg"
    save(path, (1, 2, 3), size=(100, 100))
    content = {
        "cut": path.read_bytes()[:-200],
        "text": b"hello",
        "empty": b"",
        "svg": b"<svg></svg>",
    }[damage]
    path.write_bytes(content)
    with pytest.raises(ValueError, match="Cannot read the image .*broken.jpg"):
        list(from_folder(tmp_path, 1, image_size=4))


def test_labels_need_sub_folders(classes):
    save(classes / "stray.png", (1, 1, 1))
    with (
        pytest.warns(UserWarning),
        pytest.raises(ValueError, match="`labels=True` needs.*stray.png"),
    ):
        from_folder(classes, 1, image_size=4, labels=True)


def test_wrong_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    message = f"`path` must be a folder.* from {re.escape(os.getcwd())}.*nowh"
    with pytest.raises(ValueError, match=message):
        from_folder(tmp_path / "nowhere", 1, image_size=4)
    with pytest.raises(ValueError, match="`path` must hold images.*.jpeg"):
        from_folder(tmp_path, 1, image_size=4)


@pytest.mark.parametrize("name", ["image_size", "max_pixels", "batch_size"])
def test_wrong_numbers(tmp_path, name):
    save(tmp_path / "x.png", 0)
    arguments = {"image_size": 4, "batch_size": 1, name: 0}
    with pytest.raises(ValueError, match=f"`{name}` must be.*Received"):
        from_folder(tmp_path, **arguments)

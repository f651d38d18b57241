"""Files that are no images: listed, and replaced by a fixed rule."""

import os

import numpy as np
import pytest
from PIL import Image

from keras_contrastive.data import from_folder, train_test_split, verify


def number(i):
    return np.full((4, 4, 3), i, "uint8")


@pytest.fixture
def folder(tmp_path):
    """Two classes of six images, of which 1, 5, 6 and 7 are unreadable."""
    for i in range(12):
        path = tmp_path / "ab"[i // 6] / f"{i:02}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(number(i)).save(path)
    noise = np.random.default_rng(0).integers(0, 256, (60, 60, 3), "uint8")
    Image.fromarray(noise).save(tmp_path / "a" / "01.png")
    content = (tmp_path / "a" / "01.png").read_bytes()
    (tmp_path / "a" / "01.png").write_bytes(content[:-2000])
    (tmp_path / "a" / "05.png").write_bytes(b"")
    (tmp_path / "b" / "06.png").write_text("hello")
    Image.new("1", (70, 70)).save(tmp_path / "b" / "07.png")
    return tmp_path


def seen(batches):
    return np.concatenate([x[:, 0, 0, 0] for x, _ in batches]).tolist()


def replaced(folder, **kwargs):
    return from_folder(
        folder,
        **{"batch_size": 12, "image_size": 2, "max_pixels": 4000} | kwargs,
        on_error="substitute",
    )


def test_verify_lists_all_with_their_reasons(folder):
    found = verify(folder, max_pixels=4000)
    reasons = {os.path.relpath(path, folder): r for path, r in found.items()}
    assert list(reasons) == ["a/01.png", "a/05.png", "b/06.png", "b/07.png"]
    for reason, words in zip(
        reasons.values(),
        ("truncated", "the file is empty", "no image", "70 x 70 pixels"),
        strict=True,
    ):
        assert words in reason


def test_the_next_of_the_class_stands_in(folder):
    batches = replaced(folder, labels=True)
    with pytest.warns(UserWarning, match="source.unreadable") as caught:
        for _ in range(2):
            assert seen(batches) == [0, 2, 2, 3, 4, 0, 8, 8, 8, 9, 10, 11]
    assert len(caught) == 1
    assert batches.source.unreadable == verify(folder, max_pixels=4000)
    ((_, labels),) = batches
    assert labels.tolist() == [0] * 6 + [1] * 6


def test_without_labels_the_next_of_all_stands_in(folder):
    (folder / "b" / "11.png").unlink()
    os.mkdir(folder / "b" / "11.png")
    batches = replaced(folder, index=True, batch_size=11)
    (folder / "b" / "10.png").unlink()  # vanishes after it was found
    with pytest.warns(UserWarning, match="Cannot read the image"):
        (x,) = batches
    wanted = np.array([0, 2, 2, 3, 4, 8, 8, 8, 8, 9, 0])
    np.testing.assert_array_equal(x["images"][:, 0, 0, 0], wanted[x["index"]])
    reasons = batches.source.unreadable
    assert reasons[str(folder / "b" / "10.png")] == "No such file or directory"


def test_no_image_of_the_test_part_stands_in_for_one_of_the_other(folder):
    parts = train_test_split(replaced(folder, labels=True), test_share=0.4)
    with pytest.warns(UserWarning, match="Cannot read"):
        first, second = [set(seen(part)) for part in parts]
    assert len(first | second) == 8 and not first & second


def test_a_class_without_a_readable_image(folder):
    for path in (folder / "a").iterdir():
        path.write_bytes(b"")
    with pytest.raises(ValueError, match="a/0.*empty, nor any other of its"):
        list(replaced(folder, labels=True))


def test_too_many_are_not_replaced(tmp_path):
    for i in range(30):
        Image.fromarray(number(i)).save(tmp_path / f"{i}.png")
    batches = replaced(tmp_path, batch_size=30)
    for i in range(10):
        (tmp_path / f"{i}.png").write_bytes(b"")
    with pytest.warns(UserWarning, match="Cannot read"):
        list(batches)
    (tmp_path / "10.png").write_bytes(b"")
    with pytest.raises(ValueError, match="at most 10 of 30 .*verify.*empty"):
        list(batches)


def test_whatever_a_decoder_raises_is_named(folder, monkeypatch):
    def fail(*args):
        raise KeyError("a tag")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", fail)
    with pytest.raises(ValueError, match="Cannot read the .*00.png: 'a tag'"):
        list(from_folder(folder, 1, image_size=2))


def test_a_pipe_in_place_of_an_image_does_not_block(folder):
    batches = from_folder(folder / "a", 1, image_size=2, shuffle=False)
    (folder / "a" / "00.png").unlink()
    os.mkfifo(folder / "a" / "00.png")
    with pytest.raises(ValueError, match="00.png: no regular file"):
        list(batches)


def test_wrong_policy(folder):
    with pytest.raises(ValueError, match="`on_error` must be.*'ignore'"):
        from_folder(folder, 1, image_size=2, on_error="ignore")

"""Files and sources that break while a model trains on them."""

import os

import keras
import numpy as np
import pytest
from PIL import Image

import keras_contrastive as kc
from keras_contrastive.data import Batches, from_folder
from tests.conftest import EAGERLY
from tests.training.test_contrastive_model import Twice, tiny_encoder

PIXELS = np.random.default_rng(0).integers(0, 256, (12, 8, 8, 3), "uint8")


@pytest.fixture(scope="module")
def model():
    model = kc.SimCLR(tiny_encoder(), Twice(), kc.layers.ProjectionHead(4))
    model.compile("sgd", run_eagerly=EAGERLY)
    return model


@pytest.fixture
def folder(tmp_path):
    for i, pixels in enumerate(PIXELS):
        Image.fromarray(pixels).save(tmp_path / f"{i:02}.png")
    return tmp_path


def remove(path):
    path.unlink()


def cut(path):
    path.write_bytes(path.read_bytes()[:100])


def empty(path):
    path.write_bytes(b"")


def become_a_folder(path):
    path.unlink()
    path.mkdir()


def become_a_pipe(path):
    path.unlink()
    os.mkfifo(path)


def become_text(path):
    path.write_text("not found")


def lose_the_disk(path):
    for other in path.parent.iterdir():
        other.unlink()


class InEpoch(keras.callbacks.Callback):
    def __init__(self, epoch, action, *args):
        super().__init__()
        self.epoch, self.action, self.args = epoch, action, args

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.epoch:
            self.action(*self.args)


def read(folder, **kwargs):
    return from_folder(folder, 4, image_size=8, shuffle=False, **kwargs)


def fit(model, data, *callbacks, epochs=3):
    model.fit(
        data, epochs=epochs, initial_epoch=0, verbose=0, callbacks=[*callbacks]
    )


DAMAGES = [
    (remove, "No such file or directory"),
    (cut, "truncated|broken"),
    (empty, "the file is empty"),
    (become_a_folder, "no regular file|Is a directory"),
    (become_a_pipe, "no regular file"),
    (become_text, "no image of the formats"),
    (lose_the_disk, "No such file"),
]


@pytest.mark.parametrize("damage, reason", DAMAGES)
def test_the_error_names_the_file_and_the_cure(model, folder, damage, reason):
    path = folder / "10.png"
    with pytest.raises(ValueError) as caught:
        fit(model, read(folder), InEpoch(1, damage, path))
    message = str(caught.value)
    assert message.startswith(f"Cannot read the image {folder}")
    cure = "`kc.data.verify` finds all such files; `on_error='substitute'`"
    assert cure in message
    assert any(word in message for word in reason.split("|"))


def test_a_file_that_cannot_be_opened(model, folder, monkeypatch):
    locked = PermissionError(13, "Permission denied")
    refuse_to_open(monkeypatch, "10.png", locked)
    with pytest.raises(ValueError, match="10.png: Permission denied.*verify"):
        fit(model, read(folder))


def refuse_to_open(monkeypatch, name, error):
    opened = os.open

    def refuse(path, *args, **kwargs):
        if str(path).endswith(name):
            raise error
        return opened(path, *args, **kwargs)

    monkeypatch.setattr(os, "open", refuse)


def test_a_disk_that_fails_while_it_is_read(model, folder, monkeypatch):
    def fail(image):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", fail)
    with pytest.raises(ValueError, match="Cannot .*: Input/output error. `kc"):
        fit(model, read(folder))
    data = read(folder, on_error="substitute")
    with pytest.raises(ValueError, match="at most 10 of 12 .*Input/output"):
        fit(model, data)


def test_the_same_stands_in_after_a_restart(model, folder, monkeypatch):
    """In the running `fit`, and in every other process."""
    data = read(folder, on_error="substitute")
    broken = [name for name, _ in DAMAGES[:6]]

    def damage():
        for i, action in enumerate(broken):
            action(folder / f"{i + 2:02}.png")

    refuse_to_open(monkeypatch, "09.png", PermissionError(13, "locked"))
    with pytest.warns(UserWarning, match="stands in for it"):
        fit(model, data, InEpoch(1, damage))
    names = {f"{i:02}.png" for i in (2, 3, 4, 5, 6, 7, 9)}
    assert {os.path.basename(path) for path in data.source.unreadable} == names
    # The list of images must be that of the run: an empty file keeps a place.
    for name in names:
        if (folder / name).is_dir():
            (folder / name).rmdir()
        elif (folder / name).is_fifo():
            (folder / name).unlink()
        (folder / name).touch()
    again = read(folder, on_error="substitute")
    again.seek(3, 1)
    with pytest.warns(UserWarning, match="stands in for it"):
        rest = list(again)
    wanted = PIXELS[[8, 8, 8, 8, 8, 10, 10, 11]]
    np.testing.assert_array_equal(np.concatenate(rest), wanted)


def test_what_changes_and_is_an_image_is_read_as_it_is(model, folder):
    data = read(folder)

    def change():
        Image.new("L", (20, 9), 7).save(folder / "10.png")
        (folder / "99.png").touch()  # no part of the data

    fit(model, data, InEpoch(1, change))
    *_, last = data
    assert (last[2] == 7).all()
    assert last.shape == (4, 8, 8, 3)


class Source:
    """Twelve images, until `change` makes of a batch what it will."""

    def __init__(self, length=12, change=lambda images: (images, None)):
        self.length, self.change = length, change

    def __len__(self):
        return self.length

    def read(self, indices):
        if indices.max() < 4:
            return PIXELS[indices], None
        return self.change(PIXELS[indices])


@pytest.mark.parametrize(
    "source, message",
    [
        (Source(20), " must have the 20 images .*out of bounds"),
        (Source(change=lambda x: (x[:3], None)), "one row for each of the 4"),
        (Source(change=lambda x: (x[[0, *range(4)]], 1)), "one row for each"),
        (Source(change=lambda x: (x[:, 1:], None)), r"one shape.*\(7, 8, 3\)"),
        (Source(change=lambda x: (x / 255, None)), "one shape and type.*float"),
        (Source(change=lambda x: (x.tolist(), None)), "NumPy array .*list"),
        (Source(change=lambda x: (None, None)), "NumPy array .*NoneType"),
        (Source(change=lambda x: x), "the pair `.images, labels.`"),
    ],
)
def test_a_source_that_breaks_its_promise(model, source, message):
    data = Batches(source, 4, shuffle=False)
    with pytest.raises(ValueError, match="(?s)`source.*" + message):
        fit(model, data)


def test_first_batch_that_cannot_be_read_twice(model):
    reads = []

    def once(indices):
        reads.append(indices)
        if len(reads) > 1:
            raise OSError("the disk is gone")
        return PIXELS[indices], None

    fit(model, Batches(Source(), 4), epochs=1)
    before = model.get_weights()
    source = Source(4)
    source.read = once
    # Looked at once before any step, then again by the first.
    with pytest.raises((OSError, ValueError), match="the disk is gone"):
        fit(model, Batches(source, 4, shuffle=False))
    for kept, weight in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, kept)


def test_labels_that_break_their_promise():
    for change, message in (
        (lambda x: (x, None), "`labels=True` needs labels"),
        (lambda x: (x, np.zeros(3)), "labels with one row"),
        (lambda x: (x, np.zeros((4, 2))), "and labels of one"),
    ):
        source = Source(change=change)
        source.read = lambda rows, source=source: source.change(PIXELS[rows])
        data = Batches(source, 4, labels=True)
        data._form = ("uint8 (8, 8, 3)", "float64 ()")
        with pytest.raises(ValueError, match=message):
            list(data)


def test_an_empty_source():
    with pytest.raises(ValueError, match="`source` must have at least one"):
        Batches(Source(0), 4, labels=True)

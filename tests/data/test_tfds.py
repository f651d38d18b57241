import pickle
import socket

import numpy as np
import pytest

from keras_contrastive.data import load

tfds = pytest.importorskip("tensorflow_datasets")


@pytest.fixture
def on_line(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: [])


@pytest.fixture
def off_line(monkeypatch):
    def fail(*args, **kwargs):
        raise socket.gaierror("no such host")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def mock(on_line, tmp_path):
    """Any data set of the catalog, with seven images of noise."""
    with tfds.testing.mock_data(num_examples=7):
        yield {"data_dir": tmp_path}


@pytest.fixture(params=["tfrecord", "array_record"])
def stored(request, tmp_path):
    """A data set on disk: image i is full of i, its label is 2 i."""
    tfds.dataset_builders.store_as_tfds_dataset(
        name="numbers",
        version="1.0.0",
        features=tfds.features.FeaturesDict(
            {
                "image": tfds.features.Image(shape=(6, 4, 3)),
                "label": tfds.features.ClassLabel(
                    names=[f"number {i}" for i in range(100)]
                ),
            }
        ),
        split_datasets={
            "train": [
                (i, {"image": np.full((6, 4, 3), i, "uint8"), "label": 2 * i})
                for i in range(40)
            ]
        },
        data_dir=tmp_path,
        file_format=request.param,
        disable_shuffling=True,
    )
    return {"name": "numbers", "data_dir": tmp_path, "download": False}


def numbers(batches):
    return np.concatenate([x[:, 0, 0, 0] for x, _ in batches]).tolist()


def test_catalog(mock):
    batches = load("cifar10", "train", 3, labels=True, index=True, **mock)
    (x, labels), *_ = batches
    assert x["images"].shape == (3, 32, 32, 3)
    assert x["images"].dtype == "uint8"
    assert labels.shape == (3,) and 0 <= labels.min() <= labels.max() < 10
    assert len(batches) == 3 and x["index"].tolist() == [0, 1, 2]


def test_without_labels_data_is_for_training(mock):
    batches = load("stl10", "unlabelled", 3, **mock)
    assert batches.shuffle and len(batches) == 2
    assert next(iter(batches)).shape == (3, 96, 96, 3)
    assert batches.class_names is None


def test_images_are_resized(mock):
    batches = load("stl10", "unlabelled", 7, image_size=20, **mock)
    (images,) = batches
    assert images.shape == (7, 20, 20, 3)
    batches = load("stl10", "unlabelled", 7, image_size=(9, 20), **mock)
    assert next(iter(batches)).shape == (7, 9, 20, 3)
    assert "stl10 unlabelled, images (9, 20, 3) uint8" in repr(batches)


@pytest.mark.parametrize("max_memory", [0, 2**20])
def test_images_that_vary_in_size(mock, max_memory):
    with pytest.raises(ValueError, match="vary in size.*`image_size`"):
        load("imagenette", "train", 2, **mock)
    batches = load(
        "imagenette", "train", 2, image_size=16, max_memory=max_memory, **mock
    )
    assert batches.num_images == 7
    assert next(iter(batches)).shape == (2, 16, 16, 3)


def test_data_on_disk(stored):
    batches = load(split="train", batch_size=9, labels=True, **stored)
    assert numbers(batches) == list(range(40))
    assert batches.class_names[78] == "number 78"
    x, labels = next(iter(batches))
    np.testing.assert_array_equal(labels, 2 * x[:, 0, 0, 0].astype(int))


def test_slices_of_a_split(stored):
    batches = load(split="train[10:15]", batch_size=5, labels=True, **stored)
    assert numbers(batches) == [10, 11, 12, 13, 14]


def test_too_large_for_memory(stored, request):
    arguments = {**stored, "max_memory": 40 * 6 * 4 * 3 - 1, "labels": True}
    if "tfrecord" in request.node.name:
        with pytest.raises(ValueError, match="`max_memory`.*numbers.*tfrec"):
            load(split="train", batch_size=9, **arguments)
    else:
        batches = load(split="train", batch_size=9, shuffle=True, **arguments)
        order = batches.order(0).tolist()
        assert numbers(batches) == order[:36]
        assert "numbers train, images (6, 4, 3) uint8" in repr(batches)
        copy = pickle.loads(pickle.dumps(batches))
        assert numbers(copy) == copy.order(1)[:36].tolist()
        assert batches.source.labels.tolist() == list(range(0, 80, 2))
        x, labels = next(iter(batches))
        np.testing.assert_array_equal(labels, 2 * x[:, 0, 0, 0].astype(int))


def test_copy_that_is_read_in_any_order_is_made(tmp_path):
    with pytest.raises(FileNotFoundError, match="is not in .*/array_record/"):
        load(
            "cifar10",
            "train",
            2,
            data_dir=tmp_path,
            download=False,
            max_memory=0,
        )


def test_off_line(off_line, tmp_path):
    message = f"cifar10 is not in {tmp_path}.*no network.*`data_dir`.*`manual_d"
    with pytest.raises(FileNotFoundError, match=message):
        load("cifar10", "train", 2, data_dir=tmp_path)


def test_off_line_and_a_file_is_missing(off_line, tmp_path):
    (tmp_path / "train-labels-idx1-ubyte.gz").write_bytes(b"")
    with pytest.raises(FileNotFoundError, match="t10k-images-idx3-ubyte.gz"):
        load(
            "fashion_mnist",
            "train",
            2,
            data_dir=tmp_path / "data",
            manual_dir=tmp_path,
        )


def test_download_fails(on_line, monkeypatch, tmp_path):
    def fail(*args, **kwargs):
        raise ConnectionError("refused")

    builder = tfds.core.DatasetBuilder
    monkeypatch.setattr(builder, "download_and_prepare", fail)
    with pytest.raises(FileNotFoundError, match="cifar10 is not in.*refused"):
        load("cifar10", "train", 2, data_dir=tmp_path)


def test_not_allowed_to_download(tmp_path):
    with pytest.raises(FileNotFoundError, match="cifar10.*`download=False`"):
        load("cifar10", "train", 2, data_dir=tmp_path, download=False)


def test_unknown_name(tmp_path):
    with pytest.raises(ValueError, match="`name`.*'cifar01'.*'cifar10'"):
        load("cifar01", "train", 2, data_dir=tmp_path)


def test_no_images(tmp_path):
    with pytest.raises(ValueError, match="feature 'image'. .*imdb_reviews"):
        load("imdb_reviews", "train", 2, data_dir=tmp_path)


def test_no_labels(tmp_path):
    with pytest.raises(ValueError, match="feature 'label'. .*celeb_a"):
        load("celeb_a", "train", 2, data_dir=tmp_path, labels=True)


@pytest.mark.parametrize(
    "name, value",
    [("image_size", 0), ("image_size", (32, 0)), ("max_memory", -1)],
)
def test_wrong_numbers(name, value):
    with pytest.raises(ValueError, match=f"`{name}` must be.*Received"):
        load("cifar10", "train", 2, **{name: value})
